"""What a page may load: what lies beside it, and nothing else."""

from __future__ import annotations

import base64
import hashlib

from lxml import html

# Scripts inside a page are Material's (the colour scheme has to be there before the first paint) and one of
# theme/main.html; each is allowed by its digest. Material's style sheet has its icons as data.
POLICY = (
    "default-src 'self';script-src 'self'{digests};img-src 'self' data:;"
    "object-src 'none';base-uri 'self';form-action 'self'"
)
PLACE = "POLICY"  # where theme/main.html has it


def seal(page: str) -> str:
    """The page with its policy."""
    scripts = {script.text for script in html.fromstring(page).iter("script") if not script.get("src") and not script.get("type")}
    hashes = (hashlib.sha256(script.encode()).digest() for script in sorted(scripts))
    digests = "".join(f" 'sha256-{base64.b64encode(found).decode()}'" for found in hashes)
    return page.replace(f'content="{PLACE}"', f'content="{POLICY.format(digests=digests)}"', 1)
