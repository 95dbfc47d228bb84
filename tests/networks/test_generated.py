"""The network of a page that is read bare, held against what the page's author had in mind: the generator of pages
evaluates its own networks, and shares nothing with the project."""

import importlib
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import derive
import derive.reading
from derive.algebra.array import last
from derive.letters import identifier
from derive.lower import lower
from numeric import engines
from numeric.evaluation import by_complex_step
from numeric.teacher import draw
from numeric.train_page import sized, weights

FOLDER = Path(__file__).parents[1] / "pages" / "generator"
STEPS, LAYERS, SEED = 4, 3, 1
WIDTHS = {"H": 3, "K": 2, "X": 5, "Y": 4, "B": 2} | {f"n{layer}": 2 + layer % 3 for layer in range(LAYERS + 1)}
PAGES = [
    ("elman", "subscript"),
    ("elman", "rows"),
    ("gru", "rows"),
    ("gru", "sums"),
    ("lstm", "subscript"),
    ("lstm", "sums"),
    ("stacked", "rows"),
    ("stacked", "sums"),
    ("bidirectional", "subscript"),
    ("bidirectional", "sums"),
    ("many_to_one", "rows"),
    ("many_to_one", "subscript"),
    ("perceptron", "rows"),
    ("perceptron", "sums"),
    ("softmax_regression", "paren"),
    ("softmax_regression", "sums"),
    ("batch", "subscript"),
    ("batch", "rows"),
    ("multilabel", "rows"),
    ("multilabel", "bracket"),
    ("multilabel", "sums"),
    ("logistic", "subscript"),
    ("logistic", "rows"),
    ("logistic", "summation"),
    ("softmax_regression", "words"),
    ("stacked", "angle"),
    ("stacked", "summation"),
    ("many_to_one", "words"),
    ("batch", "summation"),
]


@pytest.fixture(scope="session")
def generator():
    if "generator" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "generator", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        sys.modules["generator"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["generator"])
    return sys.modules["generator"]


@pytest.fixture(params=PAGES, ids="-".join)
def written(request, generator):
    """A page's text, and its author."""
    name, style = request.param
    from generator.author import Author

    return generator.generate(name, style, SEED).text, Author(name, generator.STYLES[style], SEED)


def spelled(author, name):
    """What a quantity of the author's is called in source."""
    found = author.spelling.names[name]
    below, above = (f"_{{{text}}}" if text else "" for text in (found.below, found.above))
    return identifier(found.base + below + above)


def point(author, model, world):
    """The author's parameters and inputs under the names of the model, the batch apart."""
    rows, batch = author.layout.rows, WIDTHS["B"] if author.source == "batch" else 1
    network = author.network

    def plain(name, index):
        return world.given[name, index][0]

    parameters, data = {}, [{} for _ in range(batch)]
    known = {p.name: p for p in model.parameters} | {v.name: v for v in model.inputs}
    for name, role in network.given.items():
        called = spelled(author, name)
        if role == "parameter":
            for index in [(i,) for i in range(1, world.last + 1)] if name in network.indexed else [()]:
                full = "_".join([called, *map(str, index)])
                array = plain(name, index).T if rows else plain(name, index)
                parameters[full] = array if (axes := len(known[full].shape)) == 2 else array.reshape((-1,) * axes)
        else:
            value = known.get(called) or known[f"{spelled(author, 'h')}_0"]  # h^0 = x
            steps = [(i,) for i in range(1, world.last + 1)] if name in network.indexed else [()]
            for number, one in enumerate(data):
                found = np.stack([plain(name, index)[:, number] for index in steps])
                found = found if value.shape else found[:, 0]
                one[value.name] = found[0] if value.step == last else found
    return parameters, data


def test_its_gradients_are_those_of_the_page(written):
    text, author = written
    from generator.worlds import World

    model = derive.read_page(text).model
    layered = author.network.family == "l"
    world = World(author.network, LAYERS if layered else STEPS, WIDTHS, 7, zero_start=True)
    parameters, data = point(author, model, world)
    sizes = {"T": 1 if layered else STEPS}
    for part, arrays in [(p, [parameters[p.name]]) for p in model.parameters]:
        sizes |= dict(zip(part.shape, arrays[0].shape, strict=True))
    for value in model.inputs:
        sizes |= dict(zip(value.shape, data[0][value.name].shape[value.step != last :], strict=True))
    runs = [engines.build("numpy", model, sizes, inputs).loss_and_gradients(parameters) for inputs in data]
    assert sum(loss for loss, _ in runs) == pytest.approx(world.value("L", ()).real.item(), rel=1e-12)
    for name, role in author.network.given.items():
        if role != "parameter":
            continue
        for index in [(i,) for i in range(1, world.last + 1)] if name in author.network.indexed else [()]:
            full = "_".join([spelled(author, name), *map(str, index)])
            expected = world.derivative(("L", ()), (name, index), False)[0, 0]
            expected = expected.T if author.layout.rows else expected
            found = sum(gradients[full] for _, gradients in runs)
            assert found.reshape(expected.shape) == pytest.approx(expected, rel=1e-9, abs=1e-12), full


@pytest.mark.long
@pytest.mark.parametrize("name", ["many_to_one", "batch"])  # the shipped pages are of other forms
def test_it_is_trained(name, generator, command, tmp_path):
    (tmp_path / "page.md").write_text(generator.generate(name, "rows", SEED).text, encoding="utf-8")
    done = command("numeric.train", "--notes", "page.md", "--steps", "60", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["loss"] < 0.9 * result["first_loss"] and "teacher" in result["data"]


@pytest.mark.parametrize("name", sorted({name for name, _ in PAGES}))
def test_it_is_exported_in_every_language(name, generator):
    style = next(style for network, style in PAGES if network == name)
    model = derive.read_page(generator.generate(name, style, SEED).text).model
    program = lower(model)
    for language in ("numpy", "jax", "torch", "c"):
        source = importlib.import_module(f"derive.export.{language}").export(program)
        assert "Example:" in source and all(value.name in source for value in (*model.inputs, *model.parameters))


LOSS = r"L = \sum_{t=1}^T \| V h_t - y_t \|^2"
ELMAN = rf"""
$$h_t = \tanh(W h_{{t-1}} + U x_t)$$
$${LOSS}$$
$$\frac{{\partial L}}{{\partial V}} = 0$$
"""


@pytest.mark.parametrize(
    "loss",
    [
        r"L = \sum_{t=1}^3 L_t, \qquad L_t = \| V h_t - y_t \|^2",
        r"L_t = \| V h_t - y_t \|^2, \qquad L = L_1 + L_2 + L_3",
        r"L = \sum_{t=1}^T \| V h_t - y_t \|^2",
    ],
)
def test_a_sum_of_losses_is_over_the_steps_however_it_is_written(loss):
    model = derive.read_page(ELMAN.replace(LOSS, loss)).model
    plain = derive.read_page(ELMAN).model
    assert (model.loss.expression, model.scale, model.over) == (plain.loss.expression, plain.scale, plain.over)


LSTM = r"""
$$f_t = \sigma(W_f [h_{t-1}, x_t] + b_f), \qquad i_t = \sigma(W_i [h_{t-1}, x_t] + b_i)$$
$$c_t = f_t \odot c_{t-1} + i_t \odot \tanh(W_c [h_{t-1}, x_t]), \qquad h_t = \tanh(c_t)$$
$$L = \frac{1}{2} \sum_{t=1}^T \| V h_t - y_t \|^2$$
$$\frac{\partial L}{\partial b_f} = \sum_{t=1}^T \frac{\partial L}{\partial f_t} \odot f_t \odot (1 - f_t)$$
"""


def test_a_matrix_that_acts_on_a_stack_is_given_by_its_blocks():
    model = derive.read_page(LSTM).model
    names = [parameter.name for parameter in model.parameters]
    assert names == ["W_f_h", "W_f_x", "b_f", "W_i_h", "W_i_x", "b_i", "W_c_h", "W_c_x", "V"]
    has_its_gradients(model)


@pytest.mark.parametrize(
    "loss",
    [
        r"L = \sum_{t=1}^T \| V h_t - y_t \|^2",
        r"L = \frac{1}{2} \sum_{t=1}^T \| \sigma(V h_t + c) - y_t \|^2",
        r"L = \sum_{t=1}^T (\| V \tanh(A h_t) - y_t \|^2 + \| B h_t - s_t \|^2)",
    ],
)
def test_a_loss_may_be_the_norm_of_an_expression(loss):
    has_its_gradients(derive.read_page(ELMAN.replace(LOSS, loss)).model)


def test_a_teacher_answers_for_an_expression_that_the_loss_compares(tmp_path, command):
    loss = r"L = \sum_{t=1}^T \| V h_t + c - y_t \|^2"
    (tmp_path / "page.md").write_text(ELMAN.replace(LOSS, loss), encoding="utf-8")
    done = command("numeric.train", "--notes", "page.md", "--steps", "60", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["loss"] < 0.9 * result["first_loss"]


def has_its_gradients(model):
    sizes = sized(model, {"T": STEPS}, 3, 4)
    generator = np.random.default_rng(0)
    parameters = weights(model, sizes, generator)
    inputs = {value.name: draw(value, sizes, generator) for value in model.inputs}
    _, found = engines.build("numpy", model, sizes, inputs).loss_and_gradients(parameters)
    for name, gradient in by_complex_step(model, parameters, inputs, sizes).items():
        assert np.any(gradient) and found[name] == pytest.approx(gradient, rel=1e-10, abs=1e-12), name


BATCH = r"""
$$Z_t = S_{t-1} A + X_t B, \qquad S_t = \tanh(Z_t), \qquad O_t = S_t V, \qquad P_t = \mathrm{softmax}(O_t)$$
$$L = -\sum_{t=1}^T \sum_m \sum_k Y_{t,mk} \log P_{t,mk}$$
$$\frac{\partial L}{\partial A} = \sum_{t=1}^T S_{t-1}^\top \frac{\partial L}{\partial Z_t}$$
$$\frac{\partial L}{\partial B} = \sum_{t=1}^T X_t^\top \frac{\partial L}{\partial Z_t}$$
$$\frac{\partial L}{\partial V} = \sum_{t=1}^T S_t^\top \frac{\partial L}{\partial O_t}$$
"""


def test_a_loss_that_is_called_loss_is_exported():
    loss = r"\text{loss} = \sum_{t=1}^T \| V h_t - y_t \|^2"
    program = lower(derive.read_page(ELMAN.replace(LOSS, loss).replace(r"\partial L", r"\partial \text{loss}")).model)
    assert program.loss.name == "q_loss"
    for language in ("numpy", "jax", "torch", "c"):
        assert "Example:" in importlib.import_module(f"derive.export.{language}").export(program)


def test_an_input_that_is_understood_as_the_same_for_all_samples():
    model = derive.read_page(BATCH).model
    assert [value.shape for value in model.inputs] == [("N",), ("K2",)]
    has_its_gradients(model)


def test_the_loss_of_a_run_may_be_that_of_its_last_step():
    loss = r"E_t = \| V h_t - y_t \|^2, \qquad J = E_T"
    model = derive.read_page(ELMAN.replace(LOSS, loss).replace(r"\partial L", r"\partial J")).model
    assert model.loss.step == last
    has_its_gradients(model)


BY_ENTRIES = r"""
$$h_i(t) = \tanh(\sum_j W_{ij} x_j(t) + \sum_j U_{ij} h_j(t-1))$$
$$E(t) = \frac{1}{2} (h_1(t) - y(t))^2$$
$$E = E(T), \qquad \frac{\partial E}{\partial W_{ij}} = 0$$
"""


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (LSTM.replace(r"h_t = \tanh(c_t)", "h_t = f(c_t)").replace("f_t", "g_t"), "which function f is"),
        (LSTM.replace("V h_t - y_t", "V h_t - "), "page:4: something is missing before this bracket closes"),
        (LSTM.replace("t=1}^T \\|", "t=2}^T \\|"), "the loss is summed from step 2: write it from step 1"),
        (
            ELMAN.replace(r"\tanh", r"\mathrm{LayerNorm}"),
            "page:2: h_t = \\mathrm{LayerNorm}(W h_{t-1} + U x_t): nothing",
        ),
        (
            ELMAN.replace(LOSS, r"L = \sum_{t=1}^T L_t"),
            "page:3: L = \\sum_{t=1}^T L_t: no formula says what the loss L of a",
        ),
        (
            ELMAN.replace(LOSS, "").replace(r"\partial V", r"\partial h_t"),
            r"page:4: \frac{\partial L}{\partial h_t} = 0: no formula says what the loss L is",
        ),
        (
            ELMAN.replace(LOSS, r"L = \sum_{t=1}^T z_{t,1}^2").replace("h_t =", "z_t = V h_t, \\quad h_t ="),
            r"page:3: L = \sum_{t=1}^T z_{t,1}^2: z_{1} is defined nowhere, and a single entry of z is outside",
        ),
        (
            BY_ENTRIES,
            r"page:3: E(t) = \frac{1}{2} (h_1(t) - y(t))^2: a single entry, that at 1, is outside what can be",
        ),
        (ELMAN.replace("x_t", "x"), "page:2: h_t = \\tanh(W h_{t-1} + U x): x has no step, and every step reads it"),
    ],
)
def test_what_cannot_be_run_is_one_line_that_names_the_equation(page, said):
    with pytest.raises(derive.reading.ReadError) as error:
        derive.read_page(page).model  # noqa: B018
    assert said in str(error.value) and "\n" not in str(error.value)
