"""Files in the shape of the published ones; every word is ours, and nobody in them exists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

REAL: dict[str, Any] = {
    "id": "t3_abc123",
    "title": "Torn about a move",
    "original": "My name is Brunhilde Weatherwax from Leipzig and I have been thinking for weeks about "
    "a move to the coast.",
    "query": "Should I move away although my friends are all here?",
    "background": "She lives with Tom and cannot sleep.",
    "scenario": "moving away",
    "age": "27",
    "gender": "F",
    "marital status": "in a relationship",
    "profession": "barista",
    "economic status": "living paycheck to paycheck",
    "health status": "healthy",
    "education level": "Bachelor's degree",
    "mental health status": "anxiety",
    "emotional state": "scared of losing Brunhilde",
    "url": "https://forum.example/abc123",
    "subreddit": "Adulting",
}
SYNTHETIC: dict[str, Any] = {
    "Scenario": "Life Change",
    "Query": "Is it odd to celebrate a birthday alone?",
    "Age": "45-54",
    "Gender": "Male",
    "Marital Status": "Divorced",
    "Profession": "Teacher",
    "Economic Status": "Moderate",
    "Health Status": "Chronic disease",
    "Education Level": "Master's",
    "Mental Health Status": "Severe Depression",
    "Self-Harm History": "Yes",
    "Emotional State": "Despair",
}


def real(**changes: Any) -> dict[str, Any]:
    """A post's row with other values; None takes a key out."""
    return {key: value for key, value in (REAL | changes).items() if value is not None}


def synthetic(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in (SYNTHETIC | changes).items() if value is not None}


def write(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return path


def publish(folder: Path) -> Path:
    """The layout of the hub: posts by domain, and profiles, with a repeat across communities."""
    twice = "I keep asking myself and everybody else whether leaving this town for good would be brave or cowardly."
    write(
        folder / "data/real_data/life/posts.json",
        [real(), real(original=twice, query="Would leaving be brave or cowardly?")],
    )
    write(
        folder / "data/real_data/career/posts.json",
        [real(original=f"{twice} Thanks.", query="Is leaving town for a job cowardly?", subreddit="jobs")],
    )
    profiles = [
        synthetic(),
        synthetic(Query="How do people spend a long weekend at home?", Age="25-34", Gender="Female"),
    ]
    write(folder / "data/synthetic_data/life/profiles.json", profiles)
    return folder
