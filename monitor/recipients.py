"""Recipients of digests as they are compared: whom a digest has reached, and who rests, does not hang on a spelling."""

from __future__ import annotations


def recipient_key(recipient: str) -> str:
    """What all spellings of a recipient have in common.

    A mail address in small letters: they tell no domains apart, and those of mailboxes only where a server is odd (RFC
    5321, section 2.4). Folders and addresses on the web stay as they are. Mail goes to the address as it is spelled.
    """
    return recipient.lower() if "@" in recipient and "/" not in recipient else recipient
