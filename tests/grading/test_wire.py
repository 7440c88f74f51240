"""What may cross between the rooms comes out as it went in; what nobody packed raises WireError and nothing else."""

import base64
import contextlib
import json
import math
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unrolled.room.ask import Call, Failed, from_reply, to_request
from unrolled.room.wire import MAX_BYTES, MAX_DEPTH, Unknown, WireError, pack, unpack

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

dtypes = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
    hnp.complex_number_dtypes(endianness="?", sizes=(64, 128)),
)
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
bounds = st.none() | st.integers(-(10**6), 10**6)
slices = st.builds(slice, bounds, bounds, bounds)
ranges = st.builds(range, st.integers(-(10**30), 10**30), st.integers(-9, 9)) | st.builds(
    lambda start, length: range(start, start + 3 * length, 3), st.integers(-(10**30), 10**30), st.integers(0, 9)
)
keys = st.text() | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none() | st.tuples(st.integers())
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | arrays | slices
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)
texts = st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            texts | st.sampled_from(["int", "float", "list", "tuple", "slice", "range", "dict", "array", "unknown"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=15,
)
packed_arrays = st.fixed_dictionaries(
    {
        "array": st.binary(max_size=40).map(lambda data: base64.b64encode(data).decode()) | texts | json_values,
        "dtype": st.sampled_from(["<f8", "|b1", ">i2", "O", "V8", "<M8[s]", "S3", "<U2", "f8,f8", "(2,)f8"])
        | json_values,
        "shape": st.lists(st.integers(-3, 9) | st.integers(), max_size=4) | json_values,
        "scalar": st.booleans() | json_values,
    }
)


def same(one: object, other: object) -> bool:
    """Equal, of the same type, with NaN equal to itself and zeros of the same sign."""
    if isinstance(one, np.ndarray | np.generic):
        alike = type(one) is type(other) and one.dtype == other.dtype and one.shape == other.shape
        return alike and one.tobytes() == other.tobytes()
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return math.copysign(1, one) == math.copysign(1, other) and (
            one == other or math.isnan(one) and math.isnan(other)
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return len(one) == len(other) and all(map(same, one.items(), other.items()))
    return one == other


def cross(value: object) -> object:
    """Pack, send as text, unpack."""
    return unpack(json.loads(json.dumps(pack(value))))


@SETTINGS
@given(values)
def test_what_may_cross_comes_out_as_it_went_in(value):
    assert same(value, cross(value))


@SETTINGS
@given(ranges)
def test_ranges_cross_however_far_from_zero(value):
    assert value[MAX_BYTES // 8 :] or cross(value) == value


@SETTINGS
@given(arrays)
def test_numpy_scalars_stay_scalars(value):
    for scalar in value.ravel()[:2]:
        assert same(scalar, cross(scalar))


@SETTINGS
@given(arrays)
def test_an_array_that_came_can_be_written_to_and_is_nobody_elses(value):
    came = cross(np.asfortranarray(value))
    assert came.flags.writeable
    assert came.flags.owndata


@SETTINGS
@given(st.text(), st.lists(values, max_size=2), st.dictionaries(st.text(), values, max_size=2))
def test_a_call_crosses_as_one_line_of_text(name, args, kwargs):
    text = to_request(Call(name, *args, **kwargs) if "self" not in kwargs and "function" not in kwargs else Call(name))
    assert "\n" not in text
    assert unpack(json.loads(text))[0] == name


@SETTINGS
@given(json_values | packed_arrays | st.fixed_dictionaries({"list": st.lists(packed_arrays, max_size=2)}))
def test_anything_else_raises_wire_error_or_is_plain_data(sent):
    with contextlib.suppress(WireError):
        pack(unpack(sent))  # what gets through is of the kinds that cross


@SETTINGS
@given(json_values)
def test_replies_that_nobody_made_raise_wire_error(sent):
    for reply in (sent, {"value": sent}, {"failed": sent, "error": sent}):
        try:
            came = from_reply(reply)
        except WireError:
            continue
        assert not isinstance(came, Failed) or isinstance(came.hint, str) and isinstance(came.error, str)


@SETTINGS
@given(st.sampled_from(["int", "float", "list", "tuple", "slice", "range", "dict"]), json_values)
def test_each_kind_with_any_content(kind, content):
    with contextlib.suppress(WireError):
        pack(unpack({kind: content}))


def array(**fields: object) -> dict:
    return pack(np.zeros((2, 3))) | fields


def nested(levels: int) -> object:
    value = None
    for _ in range(levels):
        value = {"list": [value]}
    return value


@pytest.mark.parametrize(
    "sent",
    [
        3,
        1.5,
        float("nan"),
        [],
        [1],
        {},
        {"int": 5},
        {"int": "g"},
        {"int": ""},
        {"int": None},
        {"float": 1.0},
        {"float": "one"},
        {"float": "0x1p99999"},
        {"int": "1", "float": "0x1p0"},
        {"what": 1},
        {"list": "text"},
        {"list": None},
        {"list": {"a": None}},
        {"dict": [[None]]},
        {"dict": [[{"list": []}, None]]},
        {"dict": [[{"dict": []}, None]]},
        {"dict": [[array(), None]]},
        {"slice": [None]},
        {"slice": [None] * 4},
        {"range": [None] * 3},
        {"range": [{"int": "0x0"}, {"int": "0x1"}]},
        {"range": [{"int": "0x0"}, {"int": "0x1"}, {"int": "0x0"}]},
        {"range": [{"int": "0x0"}, {"int": "0x" + "f" * 9}, {"int": "0x1"}]},
        {"range": [{"int": "0x0"}, {"int": "0x" + "f" * 40}, {"int": "0x1"}]},
        {"list": [{"range": [{"int": "0x0"}, {"int": hex(10**6)}, {"int": "0x1"}]}] * 3},
        array(dtype="O"),
        array(dtype="V8"),
        array(dtype="<U2"),
        array(dtype="<M8[s]"),
        array(dtype="f8,f8"),
        array(dtype="(((("),
        array(dtype=["f8"]),
        array(dtype=None),
        array(dtype="<f4"),
        array(shape=[7]),
        array(shape=[-1]),
        array(shape=[-1, 3]),
        array(shape=["a"]),
        array(shape=6),
        array(shape=None),
        array(shape=[10**30]),
        array(shape=[6] + [1] * 100),
        array(array="", shape=[0, 10**15]),
        array(array="", shape=[0, 10**6, 10**6]),
        array(array="!!!!"),
        array(array="é"),
        array(array="AAA"),
        array(array=3),
        array(array=[1.0]),
        {"array": ""},
        {"array": "", "dtype": "<f8"},
        array(array=base64.b64encode(bytes(MAX_BYTES + 8)).decode(), shape=[MAX_BYTES // 8 + 1]),
        nested(MAX_DEPTH),
        nested(5000),
    ],
    ids=lambda sent: repr(sent)[:60] if not isinstance(sent, dict) or "list" not in sent else None,
)
def test_malformed_input_raises_wire_error(sent):
    with pytest.raises(WireError) as caught:
        unpack(sent)
    assert len(str(caught.value)) < 300


def test_the_deepest_value_that_crosses_and_the_one_after():
    value = None
    for _ in range(MAX_DEPTH - 1):
        value = [value]
    assert cross(value) == value
    with pytest.raises(WireError, match="nested deeper"):
        pack([value])


def test_the_largest_arrays_that_cross_together_and_one_more():
    half = np.zeros(MAX_BYTES // 16)
    assert len(cross([half, half])) == 2
    with pytest.raises(WireError, match="more than 16 MB"):
        pack([half, half, np.zeros(1)])


def test_an_object_crosses_as_the_name_of_its_type():
    class Thing:
        pass

    assert cross([Thing(), 1]) == [Unknown("Thing"), 1]
    assert cross(np.array([None])) == Unknown("ndarray of object")
    assert len(unpack({"unknown": "x" * 10**6}).type_name) == 100


def test_mappings_of_other_types_cross_as_dictionaries():
    assert cross(OrderedDict(b=1, a=(2,))) == {"b": 1, "a": (2,)}


def test_subclasses_do_not_cross_as_what_they_claim_to_be():
    class Number(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    class Text(str):
        pass

    assert cross(Number(3)) == Unknown("Number")
    assert cross(Text("a")) == Unknown("Text")


@pytest.mark.parametrize(
    "reply", [None, [], 3, {}, {"failed": "x"}, {"failed": 3, "error": ""}, {"failed": "x", "error": None}]
)
def test_no_reply(reply):
    with pytest.raises(WireError):
        from_reply(reply)


def test_a_failure_crosses_with_its_hint_and_its_error():
    assert from_reply({"failed": "a hint", "error": "ValueError"}) == Failed("a hint", "ValueError")
