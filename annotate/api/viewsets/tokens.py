"""API tokens of one's own."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers.tokens import NewTokenSerializer, TokenBody, TokenSerializer
from annotate.api.views import ApiViewSet
from annotate.models import ApiToken
from annotate.people.members import issue_token, revoke_token


class TokenViewSet(ApiViewSet):
    @extend_schema(responses=TokenSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Your tokens, revoked ones too; none with its text."""
        return self.page_of(ApiToken.objects.filter(user=self.caller), TokenSerializer)

    @extend_schema(request=TokenBody, responses={201: NewTokenSerializer})
    def create(self, request: Request) -> Response:
        """Make a token; its text is in this answer and is stored nowhere."""
        token, plain = issue_token(user=self.caller, **self.body(TokenBody))
        answer = TokenSerializer(token).data | {"token": plain}
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, public_id: str) -> Response:
        """Revoke a token at once."""
        token = ApiToken.objects.filter(user=self.caller, public_id=public_id).first()
        if token is None:
            raise Http404
        revoke_token(token=token)
        return Response(status=status.HTTP_204_NO_CONTENT)
