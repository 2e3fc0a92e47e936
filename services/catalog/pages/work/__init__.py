"""The staff's own pages, under /arbeta."""

from typing import get_args

from fastapi import APIRouter


def guarded(by: object) -> APIRouter:
    """A router that lets nobody in but those whom `by` (`OrganiserDep` and its like) does: no route of it can forget to."""
    return APIRouter(include_in_schema=False, dependencies=[get_args(by)[1]])
