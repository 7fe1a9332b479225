"""The paper's recipe is the paper's: checked against nested automatic differentiation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks import paper_recipe
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import silu, softplus

from napari_binn.binn import paper
from napari_binn.binn.output import finish
from napari_binn.binn.paper import Problem, State
from napari_binn.binn.paper_epochs import Recipe
from napari_binn.density.model import Density
from napari_binn.errors import UserError
from tests.synthetic import density

SHORT = Recipe(epochs=6, patience=3)


@pytest.fixture(scope="module")
def movie() -> Density:
    return density("fisher", noise=0.05, frames=4, bins=(5, 6))


def problem(movie: Density, recipe: Recipe = SHORT, members: tuple[int, ...] = (0, 1)) -> Problem:
    return paper.prepare(movie, 3, "cpu", "float64", members, recipe)


def advance(problem: Problem, state: State, steps: int) -> State:
    for _ in range(steps):
        state = paper.step(problem, state)
    return state


def trained(problem: Problem) -> State:
    state = paper.init(problem)
    while not paper.finished(problem, state):
        state = paper.step(problem, state)
    return state


def plain_loss(weights: Tensor, points: Tensor, observed: Tensor) -> Tensor:
    """Return the loss of one member as the paper states it, derivatives by autograd."""
    parts = weights.split_with_sizes(paper.SIZES)
    stacks = [part.view(shape) for part, shape in zip(parts, paper.SHAPES.values(), strict=True)]
    first, hidden, last, term_first, term_hidden, term_last = stacks
    terms = [[term_first[k], *term_hidden[:, k], term_last[k]] for k in (0, 1)]

    def network(layers: list[Tensor], h: Tensor) -> Tensor:
        for matrix in layers[:-1]:
            h = silu(h @ matrix[:, :-1].T + matrix[:, -1])
        return h @ layers[-1][:, :-1].T + layers[-1][:, -1]

    def slope(values: Tensor, at: Tensor) -> Tensor:
        return torch.autograd.grad(values.sum(), at, create_graph=True)[0]

    def surface(at: Tensor) -> Tensor:
        return softplus(network([first, *hidden, last], at))

    n = len(observed)
    where = points.T[n:].detach().requires_grad_()
    u = surface(where)
    du = slope(u, where)
    D, G = softplus(network(terms[0], u)), 2 * network(terms[1], u)
    divergence = sum(slope(D * du[:, i : i + 1], where)[:, i : i + 1] for i in (1, 2))
    residual = du[:, :1] - divergence - G * u
    return (surface(points.T[:n])[:, 0] - observed).square().mean() + residual.square().mean()


def test_steps_are_those_of_adam_on_the_plainly_written_loss(movie: Density) -> None:
    engine = problem(movie)
    state = paper.init(engine)
    leaves = [weights.clone().requires_grad_() for weights in state.weights]
    adam = torch.optim.Adam(leaves, lr=1e-3)
    for number in range(2 * engine.epochs.steps):
        points, observed = engine.epochs.at(number)
        squares, residual = paper.evaluate(state.weights, points, observed, engine.scales)
        expected = [plain_loss(*member) for member in zip(leaves, points, observed, strict=True)]
        torch.testing.assert_close(
            squares.mean(-1) + residual, torch.stack(expected), rtol=1e-10, atol=1e-10
        )
        state = paper.step(engine, state)
        adam.zero_grad()
        torch.autograd.backward(expected)
        adam.step()
    torch.testing.assert_close(state.weights, torch.stack(leaves), rtol=1e-8, atol=1e-10)


def test_the_baseline_of_the_benchmark_is_the_same_recipe(movie: Density) -> None:
    engine = paper.prepare(movie, 0, "cpu", members=(0,), recipe=SHORT)
    points, observed = engine.epochs.at(0)
    squares, residual = paper.evaluate(paper.init(engine).weights, points, observed, engine.scales)
    places, n = points[0, [1, 2, 0]].T, observed.shape[1]
    plain = paper_recipe.loss(paper_recipe.PaperBinn(), places[:n], observed[0], places[n:])
    torch.testing.assert_close((squares.mean(-1) + residual)[0], plain, rtol=1e-5, atol=1e-7)
    result = paper_recipe.train(movie, seconds=0.3)
    assert result.D.shape == result.G.shape == paper_recipe.GRID.shape
    assert (result.D > 0).all()


def test_networks_start_as_in_the_published_code_and_alike(movie: Density) -> None:
    state = paper.init(problem(movie))
    torch.testing.assert_close(state.weights[0], state.weights[1], rtol=0, atol=0)
    torch.manual_seed(0)
    first = torch.nn.Linear(3, 64)
    found = paper.to_networks(state.weights)["u.first"][0]
    torch.testing.assert_close(found[:, [1, 2, 0]], first.weight.double(), rtol=0, atol=0)
    torch.testing.assert_close(found[:, 3], first.bias.double(), rtol=0, atol=0)


def test_inputs_are_plain_days_and_millimetres(movie: Density) -> None:
    late = replace(movie, t=movie.t + 1.0)
    points, observed = problem(late).epochs.at(0)
    axes = (late.t, late.x, late.y)
    for axis, values in enumerate(axes):
        data, collocation = points[:, axis].split_with_sizes([observed.shape[1], 100], dim=-1)
        assert set(data.ravel().tolist()) <= set(values.tolist())
        assert values[0] <= float(collocation.min())
        assert float(collocation.max()) <= values[-1]
    assert 0 <= float(observed.min()) < float(observed.max()) <= 1


def test_an_epoch_takes_every_training_observation_once(movie: Density) -> None:
    engine = problem(movie)
    seen: list[NDArray[np.float64]] = []
    sizes = []
    for number in range(engine.epochs.steps):
        points, observed = engine.epochs.at(number)
        sizes.append(observed.shape[1])
        seen.append(points[0, :, : sizes[-1]].T.numpy())
    assert sizes == [38, 58]
    taken = {tuple(row) for row in np.concatenate(seen)}
    left_out, observed, _ = engine.epochs.validation(0, 0, 1)
    others = {tuple(row) for row in left_out[0, :, : observed.shape[1]].T.tolist()}
    assert len(taken) == 96
    assert len(others) == 24
    assert not taken & others
    assert not torch.equal(*(engine.epochs.at(n)[1][0, :38] for n in (0, 2)))


def test_validation_is_the_mean_over_batches_of_their_losses() -> None:
    movie = density("fisher", frames=9, bins=(5, 9))
    engine = problem(movie)
    assert engine.epochs.validation_batches == 2
    state = advance(engine, paper.init(engine), engine.epochs.steps)
    each = []
    for batch in (0, 1):
        points, observed, _ = engine.epochs.validation(0, batch, batch + 1)
        squares, residual = paper.evaluate(state.weights, points, observed, engine.scales)
        each.append(squares.mean(-1) + residual)
    torch.testing.assert_close(state.latest[:, 2], torch.stack(each).mean(0))
    assert state.best_loss == tuple(state.latest[:, 2].tolist())


def test_a_member_that_has_stopped_stays_as_it_is(movie: Density) -> None:
    engine = problem(movie, Recipe(epochs=20, patience=3))
    state = advance(engine, paper.init(engine), 2 * engine.epochs.steps)
    state = replace(state, best_loss=(1e-9, np.inf), improved=(-1, 1))
    assert paper.stopped(engine, state) == (True, False)
    after = advance(engine, state, engine.epochs.steps)
    for name in ("weights", "best", "mean"):
        torch.testing.assert_close(getattr(after, name)[0], getattr(state, name)[0], rtol=0, atol=0)
        assert not torch.equal(getattr(after, name)[1], getattr(state, name)[1])
    assert not paper.finished(engine, after)


def test_only_an_improvement_above_five_percent_counts(movie: Density) -> None:
    engine = problem(movie, Recipe(epochs=20, patience=2))
    state = advance(engine, paper.init(engine), engine.epochs.steps)
    best = state.best
    state = replace(state, best_loss=tuple(1.02 * value for value in state.best_loss))
    after = advance(engine, state, engine.epochs.steps)
    better = [
        new < 0.95 * old for new, old in zip(after.latest[:, 2], state.best_loss, strict=True)
    ]
    for member, counts in enumerate(better):
        kept = after.weights[member] if counts else best[member]
        torch.testing.assert_close(after.best[member], kept, rtol=0, atol=0)
        assert after.improved[member] == int(counts)


def test_it_stops_after_so_many_epochs_without_improvement(movie: Density) -> None:
    engine = problem(movie, Recipe(epochs=50, patience=3, improvement=0.99999))
    state = trained(engine)
    assert state.step == 3 * engine.epochs.steps
    assert state.improved == (0, 0)
    assert state.losses[:, 0].tolist() == [engine.epochs.steps, state.step]


def test_a_state_from_a_file_goes_on_bit_for_bit(movie: Density, tmp_path: Path) -> None:
    engine = paper.prepare(movie, 3, "cpu", "float32", (0, 1), SHORT)
    state = advance(engine, paper.init(engine), 5)
    np.savez(tmp_path / "state.npz", **state.to_arrays())  # type: ignore[arg-type]
    with np.load(tmp_path / "state.npz", allow_pickle=False) as stored:
        again = paper.state_from_arrays(engine, dict(stored))
    before, after = (advance(engine, start, 4).to_arrays() for start in (state, again))
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name], err_msg=name)


def test_a_member_is_the_same_alone_and_in_company(movie: Density) -> None:
    together, alone = problem(movie), problem(movie, members=(1,))
    company, single = trained(together), trained(alone)
    torch.testing.assert_close(company.best[1], single.best[0], rtol=1e-8, atol=1e-10)
    assert not torch.allclose(company.best[0], company.best[1], rtol=1e-3)


def test_the_result_is_in_the_users_units(movie: Density) -> None:
    engine = problem(movie)
    state = trained(engine)
    result = finish(engine, state)  # type: ignore[arg-type]
    u = torch.tensor([[0.3]], dtype=torch.float64)
    layers = [result.weights[f"D.{n}.weight"][1] for n in range(4)]
    biases = [result.weights[f"D.{n}.bias"][1] for n in range(4)]
    h = 6 * u - 3
    for number, (weight, bias) in enumerate(zip(layers, biases, strict=True)):
        h = h @ torch.as_tensor(weight).T + torch.as_tensor(bias)
        h = softplus(h) if number == 3 else silu(h)
    assert result.D[1, 60] == pytest.approx(float(h), rel=1e-6)
    assert result.surface.shape == movie.shape
    assert result.steps == state.step


def test_masked_bins_do_not_count(movie: Density) -> None:
    mask = np.ones(movie.shape[1:], dtype=bool)
    mask[:2, :3] = False
    values = np.where(mask, movie.values, np.nan)
    points, observed = problem(replace(movie, values=values, mask=mask)).epochs.at(0)
    assert bool(observed.isfinite().all())
    hy, hx = movie.spacing
    row = ((points[:, 2] - movie.y[0]) / hy).round().long()
    column = ((points[:, 1] - movie.x[0]) / hx).round().long()
    assert bool(torch.as_tensor(mask)[row, column].all())


def test_it_learns(movie: Density) -> None:
    engine = paper.prepare(movie, 0, "cpu", members=(0,), recipe=Recipe(epochs=60))
    state = trained(engine)
    data, validation = state.losses[:, 1], state.losses[:, 3]
    assert float(data[-1]) < 0.5 * float(data[0])
    assert float(validation[-1]) < 0.5 * float(validation[0])


def test_a_movie_without_units_is_refused_in_a_sentence(movie: Density) -> None:
    bare = replace(movie, length_unit="pixel", time_unit="frame")
    with pytest.raises(UserError, match="made for mm and days, and this movie is in pixel and fr"):
        problem(bare)
