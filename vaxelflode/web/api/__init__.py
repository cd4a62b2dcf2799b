"""The JSON API, one thin module a resource."""
