"""Proof by checksum: a key of an Azure service ends in a signature and a Marvin32 of its bytes."""

from __future__ import annotations

import base64

from occ_audit.validators import Candidate, Verdict
from occ_audit.validators._marvin import marvin32
from occ_audit.validators._proof import proven, unproven

_CHECKSUM, _ENCODED_CHECKSUM, _SIGNATURE = 4, 6, 4
_SEEDS = {
    b"+ASt": {b"Default0": "Azure Storage account"},
    b"+ASb": {
        b"Manage00": "Azure Service Bus, with the right to manage",
        b"Send0000": "Azure Service Bus, to send",
        b"Listen00": "Azure Service Bus, to listen",
    },
    b"+AEh": {
        b"Manage00": "Azure Event Hubs, with the right to manage",
        b"Send0000": "Azure Event Hubs, to send",
        b"Listen00": "Azure Event Hubs, to listen",
    },
    b"+ARm": {
        b"Manage00": "Azure Relay, with the right to manage",
        b"Send0000": "Azure Relay, to send",
        b"Listen00": "Azure Relay, to listen",
    },
    b"+ABa": {b"AbAcct00": "Azure Batch account"},
    b"+AMC": {b"Classic0": "Azure Machine Learning web service"},
    b"ACDb": {
        b"MastRW00": "Azure Cosmos DB, to read and write",
        b"MastRO00": "Azure Cosmos DB, to read",
        b"SystRW00": "Azure Cosmos DB, to read and write",
        b"SystRO00": "Azure Cosmos DB, to read",
        b"SysAll00": "Azure Cosmos DB, everything",
        b"Resour00": "Azure Cosmos DB, one resource",
        b"Encryp00": "Azure Cosmos DB, data encryption",
    },
    b"AzFu": {
        b"Master00": "Azure Functions, master key",
        b"System00": "Azure Functions, system key",
        b"Functi00": "Azure Functions, function key",
    },
    b"AzSe": {
        b"PAdmin00": "Azure AI Search, administrator",
        b"Query000": "Azure AI Search, to query",
    },
    b"APIM": {
        b"Tenant00": "Azure API Management, direct management",
        b"IotHub00": "Azure API Management, subscription",
        b"Gatewy00": "Azure API Management, gateway",
        b"GitKey00": "Azure API Management, repository",
    },
}
"""Signature to seeds, and what the key that fits the seed opens."""


def signature(key: bytes) -> bytes:
    """Return the four characters before the checksum of an encoded key."""
    end = len(key.rstrip(b"=")) - _ENCODED_CHECKSUM
    return key[end - _SIGNATURE : end]


def check(candidate: Candidate) -> Verdict:
    """Name what a key opens whose checksum fits; another one is only possible."""
    seeds = _SEEDS.get(signature(candidate.secret))
    if seeds is None:
        return Verdict(reason="its form has no checksum that is known")
    data = base64.b64decode(candidate.secret.translate(bytes.maketrans(b"-_", b"+/")) + b"==")
    found = int.from_bytes(data[-_CHECKSUM:], "little")
    for seed, opens in seeds.items():
        if marvin32(data[:-_CHECKSUM], seed) == found:
            return proven("the Marvin32 checksum at its end fits", opens=opens)
    return unproven("the Marvin32 checksum at its end does not fit: altered or made up")
