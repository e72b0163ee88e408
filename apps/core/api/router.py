"""The addresses of the API. Each app registers its resources in its `api` package, by one line a resource."""

from rest_framework.routers import SimpleRouter


class Router(SimpleRouter):
    """Knows an address with an action before one with a code alone, and a longer one before a shorter: codes may have a
    slash."""

    routes = [SimpleRouter.routes[0], SimpleRouter.routes[1], SimpleRouter.routes[3], SimpleRouter.routes[2]]

    def add(self, prefix: str, resource) -> None:
        """Put a resource at `/api/v1/<prefix>/`; its addresses are named `api:<prefix>-list` and so on."""
        self.register(prefix, resource, basename=prefix)

    def get_routes(self, viewset):
        routes = [_of_file(route) for route in super().get_routes(viewset)]
        return sorted(routes, key=lambda route: -route.url.count("/"))

    def get_method_map(self, viewset, method_map):
        """Only what the resource has: it may say that it has no `list`, by None."""
        found = super().get_method_map(viewset, method_map)
        return {method: name for method, name in found.items() if getattr(viewset, name)}


def _of_file(route):
    """A file's address ends as its name does."""
    url = route.url.replace(".pdf{trailing_slash}", ".pdf")
    return route._replace(url=url) if url != route.url else route


router = Router()
