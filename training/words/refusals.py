"""What the library refuses, in the reader's language; it knows only its own English sentences.

Those that are listed here are translated with the parts that belong into them. Whatever else the
library may say is shown as it is, inside a sentence that says who says it.
"""

from collections.abc import Mapping

from django.utils.translation import gettext, gettext_noop

from alignment_core.errors import AlignmentError

OF_SETTINGS = (
    gettext_noop("{name} is not a setting; the settings are {known}"),
    gettext_noop("method must be one of {known}"),
    gettext_noop("{name} must be text, not {value}"),
    gettext_noop("{name} must be true or false, not {value}"),
    gettext_noop("{name} must be a whole number, not {value}"),
    gettext_noop("{name} must be a number, not {value}"),
    gettext_noop("{name} must be one of {choices}, not {value}"),
    gettext_noop("{name} must be a day such as 2026-05-31, not {value}"),
    gettext_noop("{name} must be at least {minimum}, not {value}"),
    gettext_noop("{name} must be at least {minimum}, at most {maximum}, not {value}"),
    gettext_noop("{name} must be at least {minimum}, below {below}, not {value}"),
    gettext_noop("{name} must be above {above}, not {value}"),
    gettext_noop("{name} must be above {above}, at most {maximum}, not {value}"),
    gettext_noop("{name} must be above {above}, below {below}, not {value}"),
    gettext_noop("{name} {value} does not go with {other} {other_value}: {why}"),
    gettext_noop("{name} {value} needs adapters: give a lora_rank above 0"),
    gettext_noop(
        "weights in 4 bits cannot be shared: quantization is {quantization}, so sharding must be "
        "auto or off"
    ),
    gettext_noop("max_new_tokens must leave room for a prompt: below max_length, {most}"),
    gettext_noop("n_minibatches must be at most batch_size, {most}"),
    gettext_noop("tie_nu must be above 1 with ties 'rao_kupper', not {value}"),
    gettext_noop(
        "label_smoothing must be above 0 with loss {loss}, which is about the share of flipped "
        "labels"
    ),
    gettext_noop("dual_clip must be 0 or above 1"),
    gettext_noop(
        "importance_correction must be of sequences with rloo, whose action is a whole answer, "
        "not {value}"
    ),
    gettext_noop(
        "clip_high must be above 0 with surrogate 'cispo': it is how far the ratio may rise above 1"
    ),
    gettext_noop("report_to must be none, or some of {known} with commas between, not {value}"),
    gettext_noop(
        "report_to asks for {name}, which cannot be imported: {why}; install it with pip install "
        "{name}, or leave it out"
    ),
    gettext_noop("rewards must hold one reward at least"),
    gettext_noop("temperature 0 gives one sample: ask for one, or raise it"),
    gettext_noop("prompts to sample bring no right answers"),
    gettext_noop(
        "a reward of kind callable runs Python code, so it can only be asked for on the command "
        "line, not in a request from the web"
    ),
    gettext_noop("against needs a reward_model to judge the two policies"),
    gettext_noop("a reward model is not compared with a policy: leave out {name}"),
)
# Why two settings do not go together; a part of a sentence above.
REASONS = (
    gettext_noop("a coefficient of 0 stays 0"),
    gettext_noop("a cohort has votes but no outcome"),
    gettext_noop("a loss of whole answers is a mean over them"),
    gettext_noop("a model of ties has no place for a margin"),
    gettext_noop("a tie would weigh nothing; set ties to drop"),
    gettext_noop("each takes the length out in its own way"),
    gettext_noop("every prompt is kept"),
    gettext_noop("it holds a ratio from above alone"),
    gettext_noop("no length is punished"),
    gettext_noop("no ratio is bounded"),
    gettext_noop("nothing is divided"),
    gettext_noop("nothing is steered"),
    gettext_noop("nothing would be learnt"),
    gettext_noop("only a model of ties has a ν"),
    gettext_noop("only weighting by agreement has a power"),
    gettext_noop("the KL does not count"),
    gettext_noop("the model of ties is fitted to the votes"),
    gettext_noop("there is no cohort's head to draw"),
    gettext_noop("this loss has no place for a margin"),
    gettext_noop("this loss is about means over tokens"),
    gettext_noop("this loss has no place for a tie"),
    gettext_noop("this loss would ignore it"),
    gettext_noop("this loss would not stop at the share of votes"),
    gettext_noop("without shares of votes there is nothing to add to"),
)
OF_MODELS = (
    gettext_noop("no checkpoint directory at {path}"),
    gettext_noop("{path} holds no config.json"),
    gettext_noop("{path} holds no tokenizer"),
    gettext_noop("{path} holds no safetensors weights"),
    gettext_noop(
        "{path} has its weights only as pickle files, which can run code; convert them to "
        "safetensors"
    ),
    gettext_noop("cannot push to {name} on the Hugging Face hub: {why}"),
    gettext_noop("{path} is a reward model, not a language model"),
    gettext_noop("{path} is a language model, not a reward model"),
    gettext_noop("{path} is not a decoder, so it has no last token to score"),
    gettext_noop("{path} lacks {n} of the weights its config asks for, such as {names}"),
    gettext_noop("cannot load the tokenizer of {path}: {why}"),
    gettext_noop("cannot load the config of {path}: {why}"),
    gettext_noop("cannot load the weights of {path}: {why}"),
    gettext_noop("cannot read {path}: {why}"),
    gettext_noop("a text spells a control token, which this kind of tokenizer cannot tell apart"),
    gettext_noop("the chat template takes the words of a message apart"),
    gettext_noop(
        "the chat template's prompt begins the answer with {opening}, and the completion does not "
        "go on from there"
    ),
    gettext_noop(
        "the tokenizer of final/ has other tokens or another chat template than the run's, so the "
        "run has failed; its last checkpoint is whole"
    ),
    gettext_noop("{path} cannot be written: {why}"),
    gettext_noop("cannot use the adapter in {path}: {why}"),
    gettext_noop("it does not say which base it lies over"),
    gettext_noop("the adapter in {path} lies over itself"),
    gettext_noop(
        "cannot get {name} from the Hugging Face hub, and it is not on this machine: {why}; give "
        "a local directory or check the network"
    ),
    gettext_noop(
        "the token {token} has the id {id}, but the model has embeddings for {n} ids only, from 0 "
        "on"
    ),
    gettext_noop("the tokenizer has no end-of-sequence token, so no completion ends"),
    gettext_noop("the reference has another tokenizer, so log-ratios to it mean nothing"),
    gettext_noop("max_length {length} is longer than the model's context of {context} tokens"),
    gettext_noop(
        "the reward model at {path} reads {context} tokens, but prompt and answer may have "
        "{longest}"
    ),
    gettext_noop(
        "lora_targets {value} means no layer of this model; its linear layers are {layers}"
    ),
    gettext_noop(
        "lora_targets {value} reaches {layer}, whose weight is that of {other} too, so that what "
        "is learnt for one would change both; leave it out"
    ),
    gettext_noop("gradient_checkpointing: no layer of a {model} can be recomputed"),
    gettext_noop("the base at {path} has changed: its digest is {digest}, not {wanted}"),
    gettext_noop("the base's model cannot be run here: {why}"),
    gettext_noop("the base's model is not causal: what it makes of a token depends on later ones"),
    gettext_noop("the base's model gives what is no number, as weights that are broken do"),
    gettext_noop("no way through the base's model is right: {why}"),
    gettext_noop("no way to sample the base's model is right: {why}"),
    gettext_noop(
        "the base's model reads some sequences apart, which weights in shares cannot do; take "
        "sharding off"
    ),
    gettext_noop(
        "beyond {longest} tokens, what the base's model makes of a sequence depends on what it has "
        "read before; {length} is too long"
    ),
)
OF_MACHINES = (
    gettext_noop("this machine has no GPU that torch can use"),
    gettext_noop("each process needs a GPU of its own, and this machine has {n}"),
    gettext_noop("quantization {value} needs a GPU"),
    gettext_noop("quantization {value} needs the package bitsandbytes, which is not installed"),
    gettext_noop(
        "quantization {value} cannot take weights with an adapter over them: merge the adapter "
        "first"
    ),
)
OF_RECORDS = (
    gettext_noop("there are no records to train on"),
    gettext_noop("none of the {n} records can be trained on ({reasons})"),
    gettext_noop(
        "{n} of {n_records} records cannot be used, and max_unusable allows a share of {allowed}: "
        "{reasons}"
    ),
    gettext_noop("there are no pairs to evaluate on"),
    gettext_noop("there are no prompts to sample"),
    gettext_noop("this is longer than the model can read"),
    gettext_noop("there are no safety prompts"),
    gettext_noop("kto learns from good and bad completions, but none is said to be bad"),
    gettext_noop(
        "kto compares with completions of other prompts, but no record has another prompt whose "
        "completion fits within max_length"
    ),
    gettext_noop("cohort_heads is on, but no record has votes by cohort"),
    gettext_noop("strength_margin is {value}, but no record says how strong its preference is"),
    gettext_noop("weighting by agreement finds none: {why}"),
    gettext_noop(
        "ties {value} takes tie_nu from the records, but {why}; set tie_nu, or leave ties at auto"
    ),
)
OF_RESUMED_RUNS = (
    gettext_noop("the checkpoint was trained on other records"),
    gettext_noop("the checkpoint was trained from another base than the one at {path}"),
    gettext_noop("the checkpoint was trained on another reward model, which has changed since"),
    gettext_noop(
        "the checkpoint's reference log-probs are of another base, of other records or of another "
        "precision; start a new run to change them"
    ),
    gettext_noop(
        "the run was measured on other held-out records until the checkpoint; `evaluate` measures "
        "on any"
    ),
    gettext_noop("the checkpoint holds no value model"),
    gettext_noop("the saved heads are of another reward model"),
    gettext_noop("the run began on {before} and cannot go on bit for bit on {now}"),
    gettext_noop("the run began with {before} processes and cannot go on bit for bit with {now}"),
)
OF_TRAINING = (
    gettext_noop(
        "at step {step} the loss is {loss} and the gradient's norm {grad_norm}; a lower learning "
        "rate may help"
    ),
)
KNOWN = frozenset(
    (*OF_SETTINGS, *REASONS, *OF_MODELS, *OF_MACHINES, *OF_RECORDS, *OF_RESUMED_RUNS, *OF_TRAINING)
)


def refusal_in_words(error: AlignmentError) -> str:
    """The sentence of an error of the library, for a form or an answer to a program."""
    return sentence_in_words(error.message, template=error.template, parts=error.parts)


def sentence_in_words(message: str, *, template: str, parts: Mapping[str, str]) -> str:
    """A sentence of the library from its template and parts; the message if it is not known."""
    if template not in KNOWN:
        return message
    known = {name: gettext(part) if part in REASONS else part for name, part in parts.items()}
    return gettext(template).format(**known)
