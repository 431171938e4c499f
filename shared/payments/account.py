"""What is left of a buyer whose account is deleted: book entries that name nobody."""

from shared.data.credits import delete_credits
from shared.data.orders import find_orders
from shared.payments.orders import forget_payer


def forget_buyer(user_id: str) -> None:
    """Unused credits go; orders stay as the books need them, without the WeChat user's id.

    One that is unpaid is closed by the scheduled query; one that is paid after all can be refunded.
    It can be repeated.
    """
    delete_credits(user_id)
    for order in find_orders(user_id).orders:
        forget_payer(order)
