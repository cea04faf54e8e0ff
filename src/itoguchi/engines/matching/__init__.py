"""Which schemes suit a need, and who may use them: `eligibility` answers rules, `ranking` puts schemes in order.

Rules: docs/engines/matching.md (§1 …).
"""
