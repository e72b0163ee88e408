"""The foundation of the REST API: what every resource of `/api/v1/` has from here. docs/api.md says how to add one."""
