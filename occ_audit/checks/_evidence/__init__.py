"""The steps of the evidence audit: which document, which claim, which path, which verdict."""
