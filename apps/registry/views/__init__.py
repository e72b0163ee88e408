"""The registry's pages and acts: request -> one call of a service or query -> answer."""
