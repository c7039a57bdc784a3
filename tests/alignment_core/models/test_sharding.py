import pytest
import torch
import torch.distributed as dist

from alignment_core.models.loading import load_policy
from alignment_core.models.sharding import run_pass, shard

CPU = torch.device("cpu")


@pytest.fixture
def shared_policy(tiny_base, tmp_path):
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/meet", rank=0, world_size=1)
    policy = load_policy(tiny_base, device=CPU)
    shard(policy, CPU)
    yield policy
    dist.destroy_process_group()


def test_a_pass_within_a_pass_is_refused_and_the_next_one_works(shared_policy):
    with pytest.raises(RuntimeError, match="call its parts as they are"):
        run_pass(shared_policy, lambda: run_pass(shared_policy, lambda: None))
    width = run_pass(shared_policy, lambda: shared_policy.get_output_embeddings().weight.shape[1])
    assert width == shared_policy.config.hidden_size
