"""What supports areas: needs they have, and schemes of money, tax, people and know-how, with who may use them."""
