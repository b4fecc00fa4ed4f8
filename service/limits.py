"""What one request may hold, beyond its size and depth: how many orders."""

from service.errors import BadRequest
from service.hook import HookRequest


def refuse_many(request: HookRequest, most_orders: int) -> None:
    """Raise BadRequest where there are more draft orders than *most_orders*."""
    if len(request.draft_orders) > most_orders:
        raise BadRequest(
            "context.draftOrders",
            f"holds more than {most_orders} orders",
            "Send the orders of one signing",
            code="too-costly",
        )
