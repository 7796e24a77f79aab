"""What the readers share: offsets, tag schemes, stand-off annotation, XML."""
