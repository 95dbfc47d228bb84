"""The commands on the networks of pages: exported, trained and cross-checked as a user does it."""

import json
from pathlib import Path

import numpy as np
import pytest

import derive
from derive.errors import InputError
from derive.letters import identifier
from numeric import engines
from numeric.crosscheck_page import compare_model
from numeric.data import read_data
from numeric.evaluation import by_complex_step
from numeric.teacher import compared, draw, teach
from numeric.train import main
from numeric.train_page import lettered, mean_loss, sized, weights

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FEW = ["elman", "many_to_one", "one_sample", "window"]  # one of each form, for what takes long to compile
PAGES = ["lstm", "gru_rows", "bidirectional", "perceptron"]


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES)
def test_a_shipped_page_has_a_slip_that_is_found_and_a_network_that_trains(page, command, tmp_path):
    notes = str(EXAMPLES / f"{page}.md")
    assert [claim.verdict for claim in derive.read_page(notes).claims].count("fails") == 1
    done = command("numeric.train", "--notes", notes, "--steps", "120", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["loss"] < 0.7 * result["first_loss"] and "teacher" in result["data"]
    assert np.isfinite(result["held_out_loss"])
    assert {Path(result[name]).name for name in ("weights", "curve")} == {"weights.npz", "loss.svg"}
    if page != "perceptron":  # engines and exports are tested on networks of every form
        return
    done = command("numeric.crosscheck", "--notes", notes, "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["ok"]
    done = command("derive.export", "--notes", notes, "--to", "numpy")
    assert done.returncode == 0 and "def loss_and_gradients(parameters, x, y" in done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_the_gradients_of_a_shipped_page_are_those_of_its_equations(page):
    model = derive.read_page(EXAMPLES / f"{page}.md").model
    sizes = sized(model, {"T": 4}, 3, 4)
    generator = np.random.default_rng(0)
    parameters = weights(model, sizes, generator)
    inputs = {value.name: draw(value, sizes, generator) for value in model.inputs}
    _, found = engines.build("numpy", model, sizes, inputs).loss_and_gradients(parameters)
    for name, gradient in by_complex_step(model, parameters, inputs, sizes).items():
        assert np.any(gradient) and found[name] == pytest.approx(gradient, rel=1e-10, abs=1e-12), name


def test_the_page_in_its_own_letters():
    page = derive.read_page(EXAMPLES / "gradients.md")
    assert [parameter.name for parameter in page.model.parameters] == ["W", "U", "b", "V", "c"]
    assert page.names["y_hat"] == r"\hat{y}" and page.conventions["vectors"] == "columns"
    assert page.gradients()["V"] == r"\sum_{t=1}^{T} (\hat{y}_{t} - y_{t}) h_{t}^{\top}"
    assert set(page.gradients()) == {"W", "U", "b", "V", "c"}
    assert page.check().counts["fails"] == 1 and len(page.claims) == 6


def test_a_page_may_be_a_text_or_a_file_object():
    text, legend = ((EXAMPLES / f"lstm.{end}").read_text(encoding="utf-8") for end in ("md", "toml"))
    with (EXAMPLES / "lstm.md").open("rb") as file:
        pages = [derive.read_page(text, legend), derive.read_page(file, EXAMPLES / "lstm.toml")]
    for page in pages:
        assert page.model == derive.read_page(EXAMPLES / "lstm.md").model
        assert [claim.verdict for claim in page.claims][-1] == "fails"


@pytest.mark.parametrize(
    ("latex", "name"),
    [
        ("W_{hh}", "W_hh"),
        (r"\hat{y}", "y_hat"),
        (r"\theta", "theta"),
        (r"\mathbf{W}_{\mathrm{in}}", "W_in"),
        ("b", "b"),
    ],
)
def test_symbols_as_names_in_source(latex, name):
    assert identifier(latex) == name


def test_what_is_said_of_a_page_without_a_network(command, tmp_path):
    (tmp_path / "page.md").write_text("$$a = b$$\n", encoding="utf-8")
    for arguments in (
        ("derive.export", "--to", "c"),
        ("numeric.train",),
        ("numeric.crosscheck",),
    ):
        done = command(arguments[0], "--notes", "page.md", *arguments[1:])
        assert done.returncode == 2 and done.stderr.count("\n") == 1
        assert "page.md: no formula says what the loss is: state it on the page" in done.stderr
    done = command("derive.export", "--legend", "page.toml", "--to", "c")
    assert done.returncode == 2 and "name the page by --notes PAGE" in done.stderr
    assert not list(tmp_path.glob("**/weights.npz"))


@pytest.mark.long
def test_a_word_and_a_text_on_the_network_of_a_page(command, tmp_path):
    notes = str(EXAMPLES / "gradients.md")
    done = command("numeric.train", "--notes", notes, "--word", "HELLO", "--json", "--steps", "150")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["loss"] < 0.1 < result["first_loss"] and result["data"] == "the word HELLO"
    (tmp_path / "text.txt").write_text("to be or not to be, " * 40, encoding="utf-8")
    options = ["--text", "text.txt", "--hidden", "12", "--batch", "4", "--window", "8", "--steps", "60", "--json"]
    done = command("numeric.train", "--notes", notes, *options, "--out", "text")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["loss"] < json.loads(done.stdout)["first_loss"]
    done = command("numeric.train", "--notes", str(EXAMPLES / "bidirectional.md"), *options, "--out", "other")
    assert done.returncode == 2 and "reads what comes after a letter" in done.stderr
    done = command("numeric.train", "--notes", str(EXAMPLES / "perceptron.md"), "--word", "HELLO", "--out", "third")
    assert done.returncode == 2 and "does not say one-hot letters" in done.stderr


@pytest.mark.long
def test_a_run_goes_on_as_if_it_had_not_stopped(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    notes = str(EXAMPLES / "gradients.md")
    options = ["--notes", notes, "--engine", "array", "--json"]
    assert main([*options, "--steps", "12", "--out", "whole", "--seed", "3"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert main([*options, "--steps", "5", "--out", "half", "--seed", "3"]) == 0
    done = command("numeric.train", *options, "--steps", "12", "--out", "half", "--resume", "half/weights.npz")
    assert done.returncode == 0, done.stderr
    resumed = json.loads(done.stdout)
    assert resumed["loss"] == whole["loss"] and resumed["first_loss"] == whole["first_loss"]
    for page, more, said in (
        (notes, ("--seed", "4"), "was begun with --seed 3"),
        (notes, ("--steps", "2"), "has 12 steps already"),
        (notes, ("--word", "HELLO"), "was trained on 128 sequences"),
        (str(EXAMPLES / "perceptron.md"), (), "is missing"),
    ):
        capsys.readouterr()
        assert main(["--notes", page, "--resume", "half/weights.npz", "--out", "other", *more]) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1


@pytest.mark.long
def test_data_of_ones_own(command, tmp_path):
    notes = str(EXAMPLES / "perceptron.md")
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 3))
    np.savez(tmp_path / "data.npz", x=x, y=(x[:, :2] > 0).astype(float))
    done = command("numeric.train", "--notes", notes, "--data", "data.npz", "--json", "--steps", "400")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["loss"] < 0.3 * result["first_loss"] and result["held_out_loss"] < 0.5 * result["first_loss"]
    assert result["sizes"] == {"T": 60, "B": 1, "N": 3, "K": 2, "H": 8} and result["teacher_loss"] is None
    for arrays, said in (
        ({"x": x}, "'y' is missing: give x, y"),
        ({"x": x, "y": x, "z": x}, "'z' is no input of the network"),
        ({"x": x[:, 0], "y": x}, "'x' has the shape (60,), and not the axes B×T×N"),
        ({"x": x, "y": x[:7]}, "'y' has T = 7, and another input 60"),
        ({"x": x * np.nan, "y": x}, "'x' does not consist of finite numbers"),
    ):
        np.savez(tmp_path / "bad.npz", **arrays)
        with pytest.raises(InputError) as error:
            read_data(tmp_path / "bad.npz", derive.read_page(notes).model)
        assert said in str(error.value)
    done = command("numeric.train", "--notes", notes, "--data", "bad.npz", "--out", "bad")
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1
    (tmp_path / "pickle.npz").write_bytes(b"no archive")
    done = command("numeric.train", "--notes", notes, "--data", "pickle.npz", "--out", "bad")
    assert done.returncode == 2 and "pickle.npz is damaged" in done.stderr


def test_indices_stand_for_one_hot_rows(network, tmp_path):
    sequences = [network.point(seed)[1] for seed in range(3)]
    dense = {name: np.stack([one[name] for one in sequences]) for name in sequences[0]}
    given = {
        value.name: dense[value.name].argmax(-1) if value.one_hot else dense[value.name]
        for value in network.model.inputs
    }
    np.savez(tmp_path / "data.npz", **given)
    data, sizes = read_data(tmp_path / "data.npz", network.model)
    assert sizes["B"] == 3
    for name, array in dense.items():
        width = data[name].shape[-1]  # as many classes as occur
        assert np.array_equal(data[name], array[..., :width] if array.ndim > 2 or width < array.shape[-1] else array)


@pytest.mark.parametrize("network", FEW, indirect=True)
@pytest.mark.parametrize(("engine", "module"), [("loop", "numba"), ("jax", "jax")])
def test_what_is_compiled_trains_on_what_a_teacher_says(network, engine, module, require):
    require(module)
    trains(network, engine)


def test_every_network_trains_on_what_a_teacher_says(network):
    trains(network, "numpy")


def trains(network, engine):
    """A step down the gradients of an engine, which are those of the array engine."""
    model = network.model
    sizes = sized(model, {**network.sizes, "B": 2}, 3, 3)
    generator = np.random.default_rng(0)
    data, teacher = teach(model, sizes, 2, generator)
    objective, reference = (mean_loss(name, model, sizes, data) for name in (engine, "array"))
    parameters = weights(model, sizes, generator)
    loss, gradients = objective(parameters)
    expected, exact = reference(parameters)
    assert loss == pytest.approx(expected, rel=1e-10)
    for name, gradient in gradients.items():
        assert gradient == pytest.approx(exact[name], rel=1e-9, abs=1e-12)
    moved = {name: value - 1e-3 * gradients[name] for name, value in parameters.items()}
    assert objective(moved)[0] < loss
    if not compared(model)[0].one_hot:  # the teacher's own weights are then the best there are
        at_best = objective(teacher)[1]
        assert max(np.abs(gradient).max() for gradient in at_best.values()) < 1e-9


@pytest.mark.parametrize("network", FEW, indirect=True)
def test_the_cross_check(network):
    result, arrays = compare_model(network.model, None, 0)
    assert result["ok"], result["gradients"]
    assert {f"complex_step_{parameter.name}" for parameter in network.model.parameters} <= set(arrays)


def test_a_network_for_letters_has_two_sizes():
    model = lettered(derive.read_page(EXAMPLES / "lstm.md").model)
    assert {size for parameter in model.parameters for size in parameter.shape} == {"H", "V"}
    assert all(value.one_hot for value in model.inputs)
    with pytest.raises(InputError, match="does not say one-hot letters"):
        lettered(derive.read_page(EXAMPLES / "perceptron.md").model)
