"""Pure checking: document and message in, violations out. Nothing here knows of servers or keeps state."""

from .contract import DocumentWarning, OperationNeeded, prepare
from .defaults import member_schema, task_defaults, with_defaults
from .difference import Broken, Difference, Example, compare_documents, would_break
from .findings import Finding
from .http import check_http_reply, check_http_request
from .http_messages import HttpReply, HttpRequest
from .lint import lint
from .references import decode_inline, is_url, is_uuid
from .request import check_request, check_rules
from .response import check_response
from .rules import FUNCTIONS, Rule
from .schema import is_keyword
from .suggest import closest
from .tasks import (
    ASKING,
    check_task,
    document_for,
    find_rule,
    misplaced_authentication,
    plain_verdict,
    repeated_task_uuid,
)
from .violations import Severity, Violation, shown

__all__ = [
    "ASKING",
    "FUNCTIONS",
    "Broken",
    "Difference",
    "DocumentWarning",
    "Example",
    "Finding",
    "HttpReply",
    "HttpRequest",
    "OperationNeeded",
    "Rule",
    "Severity",
    "Violation",
    "check_http_reply",
    "check_http_request",
    "check_request",
    "check_response",
    "check_rules",
    "check_task",
    "closest",
    "compare_documents",
    "decode_inline",
    "document_for",
    "find_rule",
    "is_keyword",
    "is_url",
    "is_uuid",
    "lint",
    "member_schema",
    "misplaced_authentication",
    "plain_verdict",
    "prepare",
    "repeated_task_uuid",
    "shown",
    "task_defaults",
    "with_defaults",
    "would_break",
]
