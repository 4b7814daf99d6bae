"""Which vendor a text speaks of."""

from __future__ import annotations

import functools
import re

# One text instead of a list: the names of products that a note is likely to speak of.
_NAMES = (
    "Airtable|Algolia|Amplitude|Anthropic|Asana|Atlassian|Auth0|AWS|Azure|Bitbucket|Brevo|"
    "Buildkite|Chatwoot|CircleCI|ClickUp|Cloudflare|Cloudinary|Confluence|Datadog|"
    "DigitalOcean|Discord|Docker|Dropbox|Elastic|Facebook|Fastly|Figma|Firebase|Fly.io|"
    "Freshdesk|GitHub|GitLab|Grafana|Harbor|Heroku|Hetzner|Hootsuite|HubSpot|Instagram|"
    "Intercom|Jenkins|Jira|Klaviyo|Kubernetes|LaunchDarkly|Linear|LinkedIn|Mailchimp|"
    "Mailgun|Meta|MongoDB|Neon|Netlify|Nexus|Notion|Okta|OpenAI|PagerDuty|PayPal|Pinecone|"
    "PlanetScale|Postmark|Pusher|RabbitMQ|Railway|Redis|Render|Salesforce|Segment|SendGrid|"
    "Sentry|Shopify|Slack|Snowflake|SonarQube|Square|Statuspage|Stripe|Supabase|Telegram|"
    "Terraform|TikTok|Trello|Twilio|Twitter|Upstash|Vault|Vercel|WordPress|YouTube|Zapier|"
    "Zendesk|Zoho|Zoom"
)
_BY_KEY = {name.lower().replace(".io", ""): name for name in _NAMES.split("|")}
_MENTION = re.compile(
    rb"(?i)(?<![a-z0-9])("
    + "|".join(sorted(_BY_KEY, key=len, reverse=True)).encode()
    + rb")(?![a-z0-9])"
)
# Words that are vendors only when they are written as names.
_CAPITAL = frozenset(
    {"linear", "meta", "square", "segment", "render", "fly", "notion", "neon", "vault"}
)
_HEADING = re.compile(rb"(?m)^#{1,6}[ \t].*$")


def vendor(before: bytes, after: bytes) -> str:
    """Return the vendor that line, paragraph or heading names, in this order; else nothing."""
    head, tail = before.rpartition(b"\n")[2], after.partition(b"\n")[0]
    paragraph = before.rpartition(b"\n\n")[2]
    headings = _HEADING.findall(before)
    for text in (head[-400:], tail[:200], paragraph[-1000:], headings[-1] if headings else b""):
        if name := _last(text[-1000:]):
            return name
    return ""


@functools.lru_cache(maxsize=4096)
def _last(text: bytes) -> str:
    name = ""
    for match in _MENTION.finditer(text):
        word = match.group(1).decode()
        if word.lower() not in _CAPITAL or word[0].isupper() or word.lower() == "fly":
            name = _BY_KEY[word.lower()]
    return name
