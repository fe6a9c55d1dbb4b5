"""The seven steps of rating: cut, classify, quote, round a unit, price, draw from pools, limit."""
