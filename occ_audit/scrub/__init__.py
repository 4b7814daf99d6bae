"""From a leak to proof that it is gone: report, plan, rewrite, verification, rotation ledger."""
