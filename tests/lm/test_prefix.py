from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penguin_local.lm.prefix import Node, build, common_length

PATHS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), min_size=1, max_size=12)


def below(node: Node) -> list[Node]:
    return [node, *(n for child in node.children for n in below(child))]


@given(PATHS)
def test_the_line_to_a_leaf_spells_its_prompt(paths: list[list[int]]) -> None:
    for leaf in build(paths).leaves():
        assert leaf.path is not None
        assert [t for node in leaf.line() for t in node.tokens] == paths[leaf.path]


@given(PATHS)
def test_every_prompt_has_exactly_one_leaf_without_children(paths: list[list[int]]) -> None:
    leaves = list(build(paths).leaves())
    assert sorted(leaf.path for leaf in leaves if leaf.path is not None) == list(range(len(paths)))
    assert all(leaf.tokens and not leaf.children for leaf in leaves)


@given(PATHS)
def test_no_shared_token_is_read_twice(paths: list[list[int]]) -> None:
    root = build(paths)
    bodies = {tuple(p[:n]) for p in paths for n in range(1, len(p))}
    assert sum(len(n.tokens) for n in below(root)) == len(bodies) + len(paths)


@given(PATHS)
def test_positions_follow_one_another(paths: list[list[int]]) -> None:
    for node in below(build(paths)):
        assert all(child.start == node.end and child.parent is node for child in node.children)


@given(PATHS, st.data())
def test_a_known_beginning_is_the_root(paths: list[list[int]], data: st.DataObject) -> None:
    shared = min(common_length(paths[0], p) for p in paths)
    known = data.draw(st.integers(0, max(0, min(shared, *(len(p) - 1 for p in paths)))))
    root = build(paths, skip=known)
    assert root.tokens == paths[0][:known]
    assert all([t for n in leaf.line() for t in n.tokens] == paths[leaf.path or 0] for leaf in root.leaves())


@given(PATHS)
def test_without_sharing_every_prompt_stands_alone(paths: list[list[int]]) -> None:
    assert [leaf.tokens for leaf in build(paths, share=False).leaves()] == paths


@given(st.lists(st.integers(0, 1), max_size=9), st.lists(st.integers(0, 1), max_size=9))
def test_common_length_is_what_a_loop_would_find(a: list[int], b: list[int]) -> None:
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    assert common_length(a, b) == n


def test_nested_beginnings_are_shared_at_every_depth() -> None:
    rubric, person, answers, branch = [1, 2, 3], [4, 5], ([6, 6], [7, 7]), ([8, 9], [8, 10], [11, 9])
    root = build([rubric + person + a + b for a in answers for b in branch])
    assert [n.tokens for n in root.children] == [rubric + person]
    assert [n.tokens for n in root.children[0].children] == [[6, 6], [7, 7]]
    assert [leaf.path for leaf in root.leaves()] == [0, 1, 2, 3, 4, 5]
