"""Judges a word that stands somewhere behind one for passwords, by its shape and what leads to it.

The better it is mixed, the less has to lead up to it: what has a sign such as `!` amid letters
and digits is hardly anything else, while words with a number need an "is" or a "/" before them.
Where another value stands between (group `first`), the two are old and new, or one of several.
"""

from __future__ import annotations

import re

from occ_audit.model import Confidence
from occ_audit.validators import Candidate, Groups, Verdict, prose, prose_password

_SURE = re.compile(
    rb"""(?ix) (?:(?<![\w\-])|(?<=[A-Z]_)) (?:
      pass(?:[ -]?(?:phrase|code|word)s?|wd|wort) | (?<=_)pass | pwd? | psk | creds | credentials
    | (?:wi-?fi|wlan|pre-?shared|snmp)[ -](?:key|code|secret|voucher|schl\xc3\xbcssel)
    | security[ ](?:questions?|answers?) | sicherheitsfragen? | phrase[ ]secr\xc3\xa8te
    | frase[ ]secreta | wlan-(?:passwort|kennwort) | (?:enable|shared)[ ]secret
    | snmp[ ]community | community[ ]string | auth[ ]code | admin[ ]pass
    | kennwort | zugangsdaten | wachtwoord | mot[ ]de[ ]passe | mdp | identifiants
    | contrase(?:\xc3\xb1|n)a | credenciales | senha | palavra-passe | parola | has\xc5\x82o
    ) (?![\w\-])"""
)
"""Words for passwords and nothing else."""
_SIGN = re.compile(
    rb"(?<=.)(?:[!$^~?]|%(?![0-9A-F]{2}))(?!=)|(?<=[A-Za-z0-9])[*+#&](?=\w)|"
    rb"(?<=[A-Za-z0-9])@(?=[A-Z])"
)
"""A sign that hardly any other word has."""
_OPENING = rb"[ ]?[*_~`'\"(\s]*(?:\xe2\x80[\x98\x9c\x9e]|\xc2\xab[ ]?)?\Z"
_LEADS = re.compile(
    rb"""(?ix) (?: [:=] | [-=]> | \xe2\x86\x92 | \xe2\x80[\x93\x94]
    | \b (?:it|that)(?:'|\xe2\x80\x99)s | \b i\.e\.
    | \b (?: is | was | are | be | still | now | again | to | with | using | used? | uses | type
      | enter | try | takes? | remains | becomes | then | namely | formerly | previously | currently
      | ist | lautet | mit | noch | jetzt | nun | bleibt | wieder | weiterhin | vorerst | bisher
      | est | avec | reste | toujours | es | con | sigue[ ]siendo | todav\xc3\xada | com | continua
      | resta | rimane | ora | ancora | met | blijft | op | tot | nog | nadal
      | to | wci\xc4\x85\xc5\xbc ) \b :? )"""
    + _OPENING
)
"""What presents the word that follows."""
_ON = re.compile(
    rb"""(?ix) \A [`'")*~]{0,3} (?:[ ]?\xc2\xbb)? (?:[ ]\([\w -]{1,30}\))? [,;]? [ ] \(?
    (?:(?:and|or|then|und|dann|et|y|e)[ ])?
    (?: [/,|] | -> | \xe2\x86\x92
    | (?:[\w-]+[ ]){0,3}? (?: to | now | and | or | new | old | was | today | is | previous | before
      | instead[ ]of | statt | auf | jetzt | nun | neue?[rs]? | alte?[rs]? | vorher | war | und
      | oder | anterior | nuev[oa] | era | nouveau | nouvelle | ancien(?:ne)?
      | en | ou | maintenant | puis | a | ahora | o | para | agora | naar | nu | of | ora
      | do | teraz | (?:since|from|seit|ab|depuis|desde|dal)[ ][\w.]{2,12} ) )
    (?:[ ](?:is|ist|the|der|das))? :?"""
    + _OPENING
)
"""What leads from one value to the next."""
_AT_ONCE = re.compile(rb"[ \t]{1,12}[`'\"*(~]{0,3}|[ ]\(")
"""Nothing but blanks or a bracket behind the telling word."""
_BY_ITSELF = re.compile(rb"(?i)\b(?:pass|secret|login)[ \t]{1,12}[`'\"*(~]{0,3}\Z")
_PAIR = re.compile(
    rb"""(?ix) [\w.+\-]{2,40}@[\w\-]+\.[\w.\-]{2,30} [ ]{1,3} \Z |
    (?<![\w.@/\-]) [`'"]?[a-z][\w.@+\-]{1,40}\$?[`'"]?
    (?: [ ]?(?://?|[|,+:])[ ]?
      | [ ](?:and|und|et|y|e|en|with|mit|pass(?:word)?|pw|pwd|passwort|mdp)[ ] ) [`'"(]? \Z"""
)
"""A user's name before the password."""
_WHO = re.compile(
    rb"(?i)\b(?:as|als|come|como|comme|jako|con|with|met)[ ][`'\"]?[\w.@+\-]{2,40}[`'\"]?"
    rb"(?:[ ]?/[ ]?|[ ](?:with|mit|con|com|met|avec|z)[ ])[`'\"]?\Z"
)
"""As whom somebody logs in, before the password."""
_ONE_WORD = re.compile(rb"[A-Za-z]+[-_.]?[0-9]+")
"""What may be the name of a version as well."""
_IN_BRACKETS = re.compile(rb"[ ]\([`'\"]{1,2}\Z")
_OTHER = re.compile(
    rb"""(?ix) \b (?: branch | tickets? | issues? | hosts? | server | node | pod | file | commits?
      | version | release | build | ids? | sha | hash | digest | run | ref | see | called | named
      | titled | item | entry | port | model | image | tag | numbers? | serial | policy | length
      | scheme | algorithm | format | reference | order | invoice | tracking | flag | job
      | user(?:[ -]?name)? | name | page | section | chapter | step | room | patch
      | queue | topic | channel | group | pool | cluster | realm | schema | table
      | (?:on|in|at|by|via|of|since|until|after|before|auf|bei|von|vom|unter|seit|bis)(?=[^a-z]*\Z)
      ) \b (?:[ ](?:is|was|ist|to))? [ :=\#]* [`'"(]{0,2} \Z
    | \b (?: due | thanks | according | access | moved | points? | refers? | links? | related
      | belongs | similar | equal | next | listens | connects? | upgraded? | migrated? | deployed
      | bumped ) [ ] (?:to|with) [ ] [`'"(]{0,2} \Z"""
)
"""What says that the next word names something else, or when or where."""
_ASSIGNED = re.compile(
    rb"(?i)(?:^|[,(])\s*(?!\w*(?:pass|pw|secret|login|kennwort|cred))\w+[ ]?(?:=>?|:)[ ]?['\"]\Z",
    re.M,
)
"""Another name, in code, to which the word is assigned."""
_SENTENCE = re.compile(rb"[.!?][)*_`\"']{0,2}\s+[A-Z(`*]|\n[ \t>]*(?:[-*+|#]|\d{1,2}[.)])[ \t]")
"""Where another sentence or another item begins."""
_REFERS = re.compile(
    rb"(?:[.!?]|\n)\s*(?:Now[ ])?(?:[Ii]t|[Tt]hat|[Tt]his|The (?:new|current|right) one)"
    rb"(?:'s|\xe2\x80\x99s|[ ](?:is|was))(?:[ ](?:now|still|currently))?:?" + _OPENING
)
"""A sentence that says no more than that the word is what the one before spoke of."""
_TAG = re.compile(rb"</?[a-zA-Z]\w{0,9}>")
_NAME = re.compile(rb"[A-Z]*[a-z]+(?:[A-Z]+[a-z0-9]+)+[A-Z]*")
"""A name in code."""
_CUT = re.compile(rb"[`'\"]?(?:\.\.|\xe2\x80\xa6)")
_HASHED = re.compile(rb"\$v=|argon2\w*\$|\$(?:apr1|2[abxy]|[156y]|argon2\w*|pbkdf2[\w-]*|scrypt)\$")
"""What is left of a password in a file of passwords."""


def check(candidate: Candidate) -> Verdict:
    """Keep what is mixed like a password where the words before it fit that."""
    groups, value = candidate.groups, candidate.secret
    lead = _TAG.sub(b"", groups["lead"])
    if _HASHED.search(value) or _CUT.match(candidate.after):
        return _dropped("the word is a hash, or cut off")
    told, _, between = lead.rpartition(groups["first"]) if groups["first"] else (lead, b"", b"")
    if groups["first"] and not _ON.match(between):
        return _dropped("nothing leads from the first value to this one")
    values = (groups["first"] or value, value)
    if all(not prose.unlike_a_token(one) for one in values) and groups["first"]:
        first = Groups(lead=told)
        return prose.check(candidate._replace(secret=values[0], groups=first, after=between))
    if not all(map(prose_password.is_password, values)):
        return _dropped("the word is an ordinary one")
    if not _leads(candidate.before[-20:] + told, told, values[0]):
        return _dropped("nothing presents the word")
    if why := prose.said_otherwise(candidate.before + lead, candidate.after, value):
        return _dropped(why)
    return prose.presented(candidate.before + lead, candidate.after)


def _leads(told: bytes, lead: bytes, value: bytes) -> bool:
    """Return whether a word may be a password behind what tells it."""
    sure = [match.end() for match in _SURE.finditer(told)]
    signed = _SIGN.search(value)
    if _OTHER.search(lead) or _ASSIGNED.search(lead) or (not signed and _NAME.fullmatch(value)):
        return False
    between = told[sure[-1] :] if sure else lead
    presented = _LEADS.search(lead) or _PAIR.search(lead)
    if _SENTENCE.search(between):
        return bool(sure and presented and (signed or _REFERS.search(between)))
    if sure and (signed or presented or _AT_ONCE.fullmatch(between) or _IN_BRACKETS.search(lead)):
        return True
    if _WHO.search(lead):
        return not _ONE_WORD.fullmatch(value)
    return bool(signed and (presented or _BY_ITSELF.search(lead)))


def _dropped(why: str) -> Verdict:
    # What is none here may still be something else elsewhere.
    return Verdict(keep=False, reason=why, confidence=Confidence.POSSIBLE)
