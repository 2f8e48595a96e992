"""A local server that speaks the Messages protocol of the AI provider."""

import json
from typing import Any

from pytest_django import Settings

from tests.receivers import Answer, Receiver, receiving


def reply(text: str, status: int = 200, **fields: Any) -> Answer:
    body: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 400, "output_tokens": 100},
    }
    return Answer(status, {"Content-Type": "application/json"}, body=json.dumps(body).encode(), **fields)


def provided(settings: Settings, provider: Receiver) -> None:
    """Use the server as the provider."""
    settings.ANTHROPIC_API_KEY = "key-of-a-test"
    settings.AI_BASE_URL = provider.url.removesuffix("/v1/messages")
    settings.AI_TIMEOUT_S = 5.0


def messages(*answers: Answer) -> Any:
    return receiving(*answers, path="/v1/messages")


def item(text: str, *cues: int, skill: str = "", on: str = "") -> dict[str, Any]:
    return {"text": text, "cues": list(cues), "skill": skill, "on": on}


def summary_json(**changes: Any) -> str:
    """A summary as the provider returns it."""
    draft: dict[str, Any] = {
        "key_concepts": [item("Equations", 1, 3, skill="algebra")],
        "skill_gaps": [item("Parentheses are still hard for [student].", 20, skill="algebra")],
        "breakthroughs": [item("The balance was a good picture.", 14, skill="algebra")],
        "homework_items": [item("Exercises 11 to 20.", 29)],
        "exams": [item("Test on equations", 27, on="2026-03-10")],
        "viral_moments": [],
        "session_quality": 4,
        "student_engagement": "high",
        "recommended_next_topic": [item("Inequalities", 31, skill="algebra")],
    }
    return json.dumps(draft | changes)
