"""What an order is for, as far as it says: its reasons and notes, its use, and its setting."""
