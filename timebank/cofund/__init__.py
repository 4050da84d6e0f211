"""Three-party co-funding: company, property firm and residents pay for a repair together.

Nouns: project (from draft to closed, or cancelled), cost line, agreement and its three shares,
contribution, spending request, refund. Every figure is reckoned from the owners' book of the
ledger: ``cash:{project}`` can never fall below zero, so nothing is spent that did not come in.

Verbs: propose_project, cost_project, agree_project, receive_contribution, undo_contribution,
request_spending, approve_spending, refuse_spending, withdraw_spending, pay_spending,
accept_project, close_project, cancel_project.
"""
