"""Functions that several readers share: token offsets, tag schemes, sentence splitting, stand-off files and XML."""
