"""The ids that paths name: ``file_`` or ``job_``, and lower-case hexadecimal digits.

Source: docs/providers/kiapi.md, "Jobs" and "Files".
"""

import re

from ...pipeline import Call
from .details import Detail
from .errors import Refused


def path_id(call: Call, kind: str) -> str:
    """Return the id in a request's path. kind: "file" or "job". Raises Refused for what has not the form of one."""
    name, pattern = f"{kind}_id", f"^{kind}_[0-9a-f]+$"
    sent: str = call.request.path_params[name]
    if re.fullmatch(pattern.strip("^$"), sent) is None:  # Python's "$" would let a newline through
        text = f"String should match pattern '{pattern}'"
        detail = Detail("string_pattern_mismatch", ("path", name), text, sent, {"pattern": pattern})
        raise Refused(422, [detail.as_json()])
    return sent
