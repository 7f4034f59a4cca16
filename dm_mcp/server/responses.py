"""Errors over HTTP: one form for all, ``{"error": {"code", "message", "details"}}``, stable on ``code``."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse

from dm_mcp.errors import DmError

__all__ = ["error_response"]


def error_response(error: DmError, status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response that tells an error; its details are the hint and the place."""
    details = {"hint": error.hint, "where": dict(error.where)}
    content = {"error": {"code": error.code, "message": error.message, "details": details}}
    return JSONResponse(content, status_code=status, headers=headers)
