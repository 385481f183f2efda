"""kiapi: an open server of local image models, with jobs and files. Its documents say which endpoints there are."""

from ..base import Provider
from .disturbance import ERROR_OF_STATUS
from .errors import trouble
from .names import NAME
from .routes import not_found, operations, routes

PROVIDER = Provider(NAME, routes, trouble, not_found, operations, ERROR_OF_STATUS)

__all__ = ["PROVIDER"]
