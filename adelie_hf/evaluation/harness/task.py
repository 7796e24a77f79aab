"""A row as a task of lm-evaluation-harness: its turns are sent as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lm_eval.api.task import ConfigurableTask

from adelie_hf.errors import InputError
from adelie_hf.rows import Message, message


class RowTask(ConfigurableTask):  # type: ignore[misc]  # the harness is not typed
    """A task whose prompt is the chat of a row, demonstrations included: the harness itself asks in one turn."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Make the task of a YAML file; the harness passes on the key that names this class."""
        super().__init__(config={key: value for key, value in config.items() if key != "class"})

    def fewshot_context(
        self,
        doc: Mapping[str, Any],
        num_fewshot: int = 0,
        system_instruction: str | None = None,
        chat_template: Callable[[list[Message]], str] | None = None,
        **_: object,
    ) -> str:
        """Return the prompt of a row in the model's chat template.

        Raises:
            InputError: without a chat template.
        """
        if chat_template is None:
            raise InputError("the rows are chats: add --apply_chat_template")
        system = [message("system", system_instruction)] if system_instruction else []
        return chat_template([*system, *doc["prompt"]])
