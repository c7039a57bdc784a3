"""The private parts of others that this project leans on, each with a check that exercises it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.private_parts import of_the_library, of_the_web


@dataclass(frozen=True, kw_only=True)
class PrivatePart:
    """What a file leans on, and the versions of its library under which `check` has passed.

    `library` is None where the system brings it: then no pin can move, and only `check` speaks.
    """

    file: str
    things: tuple[str, ...]
    library: str | None
    tried_with: tuple[str, ...]
    check: Callable[[], object]


PRIVATE_PARTS = (
    PrivatePart(
        file="annotate/database/prepared_query.py",
        things=("django.db.models.sql", "get_related_populators"),
        library="Django",
        tried_with=("5.2.19",),
        check=of_the_web.compiler_of_querysets,
    ),
    PrivatePart(
        file="annotate/database/bulk_insert.py",
        things=("sqlite_sequence",),
        library=None,
        tried_with=("SQLite 3.40.1",),
        check=of_the_web.sequence_of_sqlite,
    ),
    PrivatePart(
        file="config/sqlite/base.py",
        things=("_start_transaction_under_autocommit", "_commit", "_rollback", "_close"),
        library="Django",
        tried_with=("5.2.19",),
        check=of_the_web.ends_of_transactions,
    ),
    PrivatePart(
        file="config/broker.py",
        things=(
            *("_get", "_put", "_purge", "_delete", "_queue_bind", "_exchange_file"),
            *("TRANSPORT_ALIASES", "exchange_queue_t"),
        ),
        library="kombu",
        tried_with=("5.7.0",),
        check=of_the_web.hooks_of_the_file_transport,
    ),
    PrivatePart(
        file="annotate/api/schema.py",
        things=("_get_response_bodies", "_get_response_for_code", "_map_basic_serializer"),
        library="drf-spectacular",
        tried_with=("0.30.0",),
        check=of_the_web.bodies_of_responses,
    ),
    PrivatePart(
        file="alignment_core/machine/kept_blocks.py",
        things=("_C", "_cdata", "_storage_Use_Count"),
        library="torch",
        tried_with=("2.13.0",),
        check=of_the_library.count_of_holders,
    ),
    PrivatePart(
        file="alignment_core/machine/onednn_cache.py",
        things=("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"),
        library="torch",
        tried_with=("2.13.0",),
        check=of_the_library.variables_of_onednn,
    ),
    PrivatePart(
        file="alignment_core/machine/malloc_trim.py",
        things=("mallopt",),
        library=None,
        tried_with=("glibc 2.36",),
        check=of_the_library.thresholds_of_malloc,
    ),
    PrivatePart(
        file="alignment_core/forward/packed_attention.py",
        things=("_softmax_backward_data",),
        library="torch",
        tried_with=("2.13.0",),
        check=of_the_library.backward_of_softmax,
    ),
    PrivatePart(
        file="alignment_core/forward/packed_attention.py",
        things=("transformers.integrations", "transformers.masking_utils"),
        library="transformers",
        tried_with=("5.23.0",),
        check=of_the_library.attention_of_transformers,
    ),
    PrivatePart(
        file="alignment_core/models/attention.py",
        things=("_attn_implementation",),
        library="transformers",
        tried_with=("5.23.0",),
        check=of_the_library.name_of_a_models_attention,
    ),
    PrivatePart(
        file="alignment_core/forward/last_layer_where_read.py",
        things=("_pytree",),
        library="torch",
        tried_with=("2.13.0",),
        check=of_the_library.maps_over_nested_values,
    ),
    PrivatePart(
        file="alignment_core/models/adapters.py",
        things=("_disable_adapters",),
        library="peft",
        tried_with=("0.21.2",),
        check=of_the_library.switch_of_adapters,
    ),
    PrivatePart(
        file="alignment_core/models/sharding.py",
        things=("transformers.modeling_layers",),
        library="transformers",
        tried_with=("5.23.0",),
        check=of_the_library.layers_built_on_one_class,
    ),
    PrivatePart(
        file="alignment_core/models/recomputation.py",
        things=("transformers.modeling_layers",),
        library="transformers",
        tried_with=("5.23.0",),
        check=of_the_library.layers_built_on_one_class,
    ),
    PrivatePart(
        file="annotate/api/problems.py",
        things=("_full_data",),
        library="djangorestframework",
        tried_with=("3.18.3",),
        check=of_the_web.body_that_a_request_has_read,
    ),
    PrivatePart(
        file="annotate/agreement/judgement_columns.py",
        things=("django.db.models.sql",),
        library="Django",
        tried_with=("5.2.19",),
        check=of_the_web.sql_of_one_function_for_one_database,
    ),
)
