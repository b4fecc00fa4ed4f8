"""What the service keeps: feedback, the cards that were shown, the audit trail of governed orders.

Nothing here is imported before something is to be kept or counted: `web` hands over plain records
(`records`), and only `store` and what stands behind it know a database.
"""
