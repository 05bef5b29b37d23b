"""The HTTP API's part about customers: an app tells of whom which dates are known, and who consents to be written to."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from channels.http_api.models import Strict, parse_body
from channels.http_api.routes import NAME, external_id, read_body
from channels.http_api.tokens import SECURITY_SCHEME, Tokens
from core.clock import Clock, utc_now
from core.database import Database
from core.errors import NotFound
from core.persons import get_customer_id
from handoff.aftercare.customer_dates import set_dates
from handoff.aftercare.occasions import DateKind

PATH_ID = {
    "name": "customer_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "the app's own id of the person, as in `customer.id` of a message",
}


class DatesIn(Strict):
    """Dates of a customer; null takes one away, what is left out stays."""

    consent: bool = Field(description="whether the customer has agreed to be written to on these occasions")
    purchase: date | None = Field(default=None, description="of the last purchase")
    birthday: date | None = None
    renewal: date | None = Field(
        default=None, description="when a subscription or a warranty is to be renewed"
    )


def routes(*, database: Database, clock: Clock = utc_now) -> APIRouter:
    """The routes under /api/v1/customers."""
    router = APIRouter(prefix="/api/v1", tags=["customers"])
    tokens = Tokens(database)
    responses: dict[int | str, dict[str, Any]] = {
        401: {"description": "No valid token"},
        404: {"description": "This app has no such customer: who has never written is not known yet"},
        409: {"description": "The customer has opted out: nobody consents in their place"},
        422: {"description": "Not usable as it is: `error.field` and `error.message` say why"},
    }

    @router.put(
        "/customers/{customer_id}/dates",
        status_code=204,
        responses=responses,
        openapi_extra={
            "security": [{SECURITY_SCHEME: []}],
            "parameters": [PATH_ID],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": DatesIn.model_json_schema()}},
            },
        },
    )
    async def put_dates(request: Request) -> Response:
        """Keep dates of a customer, on which they are written to if they consent."""
        app = await tokens.check_app(request.headers.get("authorization"))
        named = request.path_params["customer_id"]
        dates = parse_body(await read_body(request), DatesIn)
        days = {kind: getattr(dates, kind) for kind in DateKind if kind in dates.model_fields_set}
        async with database.write() as session:
            try:
                customer_id = await get_customer_id(session, f"{NAME}:{external_id(app, named)}")
            except NotFound as error:
                raise NotFound("customer", named) from error
            await set_dates(session, customer_id, days, consents=dates.consent, now=clock())
        return Response(status_code=204)

    return router
