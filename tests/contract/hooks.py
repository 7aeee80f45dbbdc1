"""Extends schemathesis by the media type of imports: one JSON document a line."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(_context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "ignore")
