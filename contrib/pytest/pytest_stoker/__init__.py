"""Tests that run in a Docker image which Stoker keeps hot.

pytest finds the fixtures by itself (`pytest_stoker.plugin`). Only what a program imports by name is here.
"""

from __future__ import annotations

from pytest_stoker.names import ContainerNames
from pytest_stoker.program import (
    StokerError,
    StokerTimeout,
    StokerUnavailable,
    StokerWarning,
    ensure_test_image,
)

__all__ = [
    "ContainerNames",
    "StokerError",
    "StokerTimeout",
    "StokerUnavailable",
    "StokerWarning",
    "ensure_test_image",
]
