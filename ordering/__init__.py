"""What a customer was promised and ordered: deeds that change a service or move money, and what proves them."""
