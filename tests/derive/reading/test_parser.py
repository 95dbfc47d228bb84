"""Formulas and their trees, by feature; and what is refused, with the place and the reason."""

import pytest

from derive.reading import ReadError, parse, parse_equation
from derive.reading.tree import Script, Symbol

WORDS = frozenset({("net", "y")})

GOOD = {
    "indices and time": [
        (r"a(t)", "(* a (paren t))"),
        (r"a_t", "(a _ t)"),
        (r"a^{(t)}", "(a ^ (paren t))"),
        (r"a^{\langle t\rangle}", "(a ^ (angle t))"),
        (r"a^{<t>}", "(a ^ (angle t))"),
        (r"a^{\lt t-1 \gt}", "(a ^ (angle (+ t -1)))"),
        (r"a_{t-1}", "(a _ (+ t -1))"),
        (r"a_{t - 1}^{(l)}", "(a _ (+ t -1) ^ (paren l))"),
        (r"a^{[l]}_t", "(a _ t ^ (bracket l))"),
        (r"h_{t,i}", "(h _ (list t i))"),
        (r"h_{t_m}", "(h _ (t _ m))"),
        (r"(\hat{y}_t)_k", "((paren (hat:y _ t)) _ k)"),
        (r"w_{ya}", "(w _ (* y a))"),
        (r"W_{hh}", "(W _ (* h h))"),
        (r"x_12", "(* (x _ 1) 2)"),
        (r"\delta_{ij}", "(delta _ (* i j))"),
        (r"\delta_{i,j}", "(delta _ (list i j))"),
        (r"L_{\text{total}}", "(L _ total)"),
        (r"h_0", "(h _ 0)"),
        (r"a(t-1)", "(* a (paren (+ t -1)))"),
        (r"{a}_t", "(a _ t)"),
        (r"{a_t}^2", "(a _ t ^ 2)"),
        (r"{h^{(t)}}^\top", "((h ^ (paren t)) ^ top)"),
        (r"{h^{(t)}}^2", "((h ^ (paren t)) ^ 2)"),
        (r"{h^{(t)}}_i", "(h _ i ^ (paren t))"),
        (r"{h_t}_i", "((h _ t) _ i)"),
        (r"v\_1", "(v _ 1)"),
        (r"v\_{new}", "(v _ new)"),
    ],
    "names": [
        (r"\eta", "eta"),
        (r"\ell", "ell"),
        (r"net_y(t)", "(* (net _ y) (paren t))"),
        (r"net y(t)", "(* (net _ y) (paren t))"),
        (r"\text{net}y(t)", "(* (net _ y) (paren t))"),
        (r"\mathrm{net}_y(t)", "(* (net _ y) (paren t))"),
        (r"\operatorname{net}_{y}", "(net _ y)"),
        (r"\mathop{softmax}(z)", "(* softmax (paren z))"),
        (r"n e t", "(* n e t)"),
        (r"\infty", "infty"),
    ],
    "accents and primes": [
        (r"\hat{y}", "hat:y"),
        (r"\hat y(t)", "(* hat:y (paren t))"),
        (r"\widehat{y}_t", "(hat:y _ t)"),
        (r"\hat{y_t}", "(hat:y _ t)"),
        (r"\hat{\mathbf{y}}", "hat:y"),
        (r"\tilde{h}", "tilde:h"),
        (r"\bar x", "bar:x"),
        (r"\overline{x}", "bar:x"),
        (r"\dot{x}", "dot:x"),
        (r"\vec{h}", "vec:h"),
        (r"\vec{0}", "0"),
        (r"a'", "(a prime)"),
        (r"\sigma'(z)", "(* (sigma prime) (paren z))"),
        (r"f''(x)", "(* (f prime prime) (paren x))"),
        (r"a^{\prime}", "(a prime)"),
        (r"a^\prime", "(a prime)"),
        (r"a_t'^2", "(a _ t ^ 2 prime)"),
    ],
    "fonts": [
        (r"\mathbf{W}\mathbf{x}", "(* W x)"),
        (r"\boldsymbol{\delta}_t", "(delta _ t)"),
        (r"\mathcal{L}", "L"),
        (r"\mathrm{T}", "T"),
        (r"\mathbf W x", "(* W x)"),
        (r"\mathbf{h_t}", "(h _ t)"),
        (r"\mathbb{1}", "one"),
        (r"\mathbf{1}^\top", "(one ^ top)"),
    ],
    "sums and signs": [
        (r"a + b - c", "(+ a b -c)"),
        (r"-a", "(+ -a)"),
        (r"+a", "a"),
        (r"-a b + c", "(+ -(* a b) c)"),
        (r"1 - y", "(+ 1 -y)"),
        (r"- \sum_t x", "(+ -(* (sum t -) x))"),
    ],
    "products": [
        (r"a b", "(* a b)"),
        (r"a \cdot b", "(* a cdot b)"),
        (r"a * b", "(* a * b)"),
        (r"a \times b", "(* a times b)"),
        (r"a \odot b", "(* a odot b)"),
        (r"a \circ b", "(* a odot b)"),
        (r"a \otimes b", "(* a otimes b)"),
        (r"y(t)(1-y(t))", "(* y (paren t) (paren (+ 1 -(* y (paren t)))))"),
        (r"2 a b", "(* 2 a b)"),
        (r"w_{ya} * a(t) + b_y", "(+ (* (w _ (* y a)) * a (paren t)) (b _ y))"),
        (r"a / b c", "(* a / b c)"),
        (r"{a b} c", "(* a b c)"),
        (r"x \cdot (1)", "(* x cdot (paren 1))"),
    ],
    "functions": [
        (r"\tanh(z)", "(* tanh (paren z))"),
        (r"\tanh[z]", "(* tanh (bracket z))"),
        (r"\tanh z", "(* tanh z)"),
        (r"\tanh^2(z)", "(* (tanh ^ 2) (paren z))"),
        (r"\log(y(t))", "(* log (paren (* y (paren t))))"),
        (r"\ln y", "(* ln y)"),
        (r"\exp(x)", "(* exp (paren x))"),
        (r"e^{net_y(t)}", "(e ^ (* (net _ y) (paren t)))"),
        (r"e^x", "(e ^ x)"),
        (r"\mathrm{softmax}(z)", "(* softmax (paren z))"),
        (r"\operatorname{softmax}(z)", "(* softmax (paren z))"),
        (r"\mathrm{diag}(1 - h_t^2)", "(* diag (paren (+ 1 -(h _ t ^ 2))))"),
        (r"\sigma(z)", "(* sigma (paren z))"),
        (r"[a(m)]^2", "((bracket (* a (paren m))) ^ 2)"),
        (r"\tanh(a(t))^2", "(* tanh ((paren (* a (paren t))) ^ 2))"),
        (r"softmax(z)", "(* softmax (paren z))"),
        (r"tanh^2(z)", "(* (tanh ^ 2) (paren z))"),
        (r"\max(0, x)", "(* max (paren (list 0 x)))"),
    ],
    "fractions": [
        (r"\frac{a}{b}", "(frac a b)"),
        (r"\dfrac{a}{b}", "(frac a b)"),
        (r"\tfrac12", "(frac 1 2)"),
        (r"\frac1T", "(frac 1 T)"),
        (r"\frac{1}2", "(frac 1 2)"),
        (r"\frac ab", "(frac a b)"),
        (r"x^\frac12", "(x ^ (frac 1 2))"),
        (r"e^{\frac{a}{b}}", "(e ^ (frac a b))"),
        (r"\frac{e^{z_k}}{\sum_j e^{z_j}}", "(frac (e ^ (z _ k)) (* (sum j -) (e ^ (z _ j))))"),
    ],
    "numbers": [
        (r"2", "2"),
        (r"0.5", "1/2"),
        (r".25", "1/4"),
        (r"1000000000000", "1000000000000"),
    ],
    "derivatives": [
        (r"\frac{\partial u}{\partial v}", "(partial u v)"),
        (r"\dfrac{\partial L(t)}{\partial a(t)}", "(partial (* L (paren t)) (* a (paren t)))"),
        (r"\frac{\partial L}{\partial W_{aa}}", "(partial L (W _ (* a a)))"),
        (r"\frac{\partial a(m)}{\partial a(m-1)}", "(partial (* a (paren m)) (* a (paren (+ m -1))))"),
        (r"\frac{d L}{d W}", "(total L W)"),
        (r"\frac{dC}{d{}_T w}", "(total C (T _ w))"),
        (r"\frac{\delta L}{\delta W_{hh}}", "(partial L (W _ (* h h)))"),
        (r"{\delta E \over \delta p(t)}", "(partial E (* p (paren t)))"),
        (r"\frac{\delta}{\delta x} \tanh(x)", "(partial (* tanh (paren x)) x)"),
        (r"\delta L / \delta W", "(partial L W)"),
        (r"\frac{\delta x}{y}", "(frac (* delta x) y)"),
        (r"\frac{\delta_t}{\delta_k}", "(frac (delta _ t) (delta _ k))"),
        (r"\frac{dL_t}{dW_{hh}}", "(total (L _ t) (W _ (* h h)))"),
        (r"\frac{\mathrm{d}L}{\mathrm{d}W}", "(total L W)"),
        (r"\frac{\mathrm d L}{\mathrm d W}", "(total L W)"),
        (r"\partial u / \partial v", "(partial u v)"),
        (r"\partial L(t) / \partial a(t) x", "(* (partial (* L (paren t)) (* a (paren t))) x)"),
        (r"dL/dW", "(total L W)"),
        (r"x \partial L/\partial W_{hh}", "(* x (partial L (W _ (* h h))))"),
        (r"\frac{\partial^+ a(t)}{\partial W}", "(direct (* a (paren t)) W)"),
        (r"\frac{\partial^{+} a}{\partial^{+} W}", "(direct a W)"),
        (r"\frac{\partial L}{\partial h_t}^\top", "((partial L (h _ t)) ^ top)"),
        (r"\frac{\partial}{\partial W} \left( a b \right)", "(partial (paren (* a b)) W)"),
        (r"\frac{\partial net y(t)}{\partial w}", "(partial (* (net _ y) (paren t)) w)"),
        (r"\frac{\partial (a + b)}{\partial c}", "(partial (paren (+ a b)) c)"),
        (r"\nabla_W L", "(nabla W L)"),
        (r"\nabla_{W_{hh}} L(t)", "(nabla (W _ (* h h)) (* L (paren t)))"),
        (r"\frac{d}{dx}\tanh(x)", "(total (* tanh (paren x)) x)"),
        (r"\frac{\partial}{\partial W} \sum_t L_t", "(partial (* (sum t -) (L _ t)) W)"),
        (r"\frac{\partial}{\partial W} L", "(partial L W)"),
        (r"\partial_w h_t", "(partial (h _ t) w)"),
        (r"\partial^+_w h_t", "(direct (h _ t) w)"),
        (r"\frac{\partial{h_t}}{\partial{h_{t-1}}}", "(partial (h _ t) (h _ (+ t -1)))"),
        (r"\nabla_x x^T A x", "(nabla x (* (x ^ T) A x))"),
        (r"\nabla_{h_t} L x", "(* (nabla (h _ t) L) x)"),
        (r"d", "d"),
        (r"d_t", "(d _ t)"),
    ],
    "evaluation": [
        (r"\left. \frac{\partial L(t)}{\partial W} \right|_{t=1}", "(at (partial (* L (paren t)) W) (= t 1))"),
        (r"\left. L \right|_{t=1} x", "(* (at L (= t 1)) x)"),
        (r"\frac{\partial L}{\partial W}|_{t=1}", "(at (partial L W) (= t 1))"),
        (r"\frac{\partial L}{\partial W}\bigg{|}_{t=1}", "(at (partial L W) (= t 1))"),
        (r"\frac{\partial L}{\partial W}\big|_{t=1}", "(at (partial L W) (= t 1))"),
        (r"L \vert_{t}", "(at L t)"),
    ],
    "sums over": [
        (r"\sum x", "(* (sum - -) x)"),
        (r"\sum_t x", "(* (sum t -) x)"),
        (r"\sum_{t=1}^T x_t", "(* (sum (= t 1) T) (x _ t))"),
        (r"\sum\limits_{t=1}^{T} x_t", "(* (sum (= t 1) T) (x _ t))"),
        (r"\sum^T_{t=1} x", "(* (sum (= t 1) T) x)"),
        (r"\prod_{m=k+1}^{i} a(m)", "(* (prod (= m (+ k 1)) i) a (paren m))"),
        (r"\sum_{k \le i} a_k", "(* (sum (le k i) -) (a _ k))"),
        (r"\sum_{1 \le k \le t} a_k", "(* (sum (list (le 1 k) (le k t)) -) (a _ k))"),
        (r"\sum_{i, j} a", "(* (sum (list i j) -) a)"),
        (r"\sum_{i \ne j} a", "(* (sum (ne i j) -) a)"),
        (r"\sum_{\substack{i=1 \\ i \ne j}}^n a_i", "(* (sum (list (= i 1) (ne i j)) n) (a _ i))"),
        (r"\sum_{t} \sum_{k} a", "(* (sum t -) (sum k -) a)"),
    ],
    "transposes": [
        (r"W^T x", "(* (W ^ T) x)"),
        (r"W^\top x", "(* (W ^ top) x)"),
        (r"W^{\top}", "(W ^ top)"),
        (r"W^{T}", "(W ^ T)"),
        (r"W^{\intercal}", "(W ^ top)"),
        (r"W_{hy}^\top \delta", "(* (W _ (* h y) ^ top) delta)"),
        (r"h_{t-1}^T", "(h _ (+ t -1) ^ T)"),
        (r"W^{-1}", "(W ^ (+ -1))"),
        (r"(W x)^\top", "((paren (* W x)) ^ top)"),
        (r"W^{-\top}", "(W ^ (+ -top))"),
        (r"W^\dagger", "(W ^ dagger)"),
        (r"W^*", "(W ^ ast)"),
        (r"h^{(t-1)\top}", "((h ^ (paren (+ t -1))) ^ top)"),
    ],
    "brackets": [
        (r"(a)", "(paren a)"),
        (r"[a]", "(bracket a)"),
        (r"\{a\}", "(set a)"),
        (r"|a|", "(bar a)"),
        (r"\left| a \right|", "(bar a)"),
        (r"\|a\|^2", "((norm a) ^ 2)"),
        (r"\lVert a \rVert_2", "((norm a) _ 2)"),
        (r"\left( a \right)", "(paren a)"),
        (r"\bigl( a \bigr)", "(paren a)"),
        (r"\Big[ a \Big]", "(bracket a)"),
        (r"\left[ 1 - a \right]", "(bracket (+ 1 -a))"),
        (r"\langle a, b \rangle", "(angle (list a b))"),
    ],
    "indicators": [
        (r"1_{i=j}", "(1 _ (= i j))"),
        (r"\mathbb{1}_{i = j}", "(one _ (= i j))"),
        (r"\mathbb{1}(i = j)", "(* one (paren (= i j)))"),
        (r"1[i = j]", "(* 1 (bracket (= i j)))"),
        (r"1_{\{i=j\}}", "(1 _ (set (= i j)))"),
    ],
    "matrices": [
        (r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}", "(matrix a b / c d)"),
        (r"\begin{pmatrix} a \\ b \\ \end{pmatrix}", "(matrix a / b)"),
        (r"\left[\begin{array}{cc} a & b \end{array}\right]", "(matrix a b)"),
        (r"\begin{matrix} 1 & 0 \\ 0 & 1 \end{matrix} x", "(* (matrix 1 0 / 0 1) x)"),
    ],
    "cases": [
        (
            r"\begin{cases} a & \text{if } i = j \\ b & \text{otherwise} \end{cases}",
            "(cases (a if (= i j)) (b if -))",
        ),
        (r"\begin{cases} a, & i = j, \\ b, & i \ne j. \end{cases}", "(cases (a if (= i j)) (b if (ne i j)))"),
        (
            r"\begin{cases} y_k(1-y_k) & \text{if } k = j \text{ and } j < t \\ 0 & \text{else} \end{cases}",
            "(cases ((* (y _ k) (paren (+ 1 -(y _ k)))) if (list (= k j) (lt j t))) (0 if -))",
        ),
        (
            r"x \left\{ \begin{array}{ll} a & \text{if } i = j \\ b & \text{otherwise} \end{array} \right.",
            "(* x (cases (a if (= i j)) (b if -)))",
        ),
        (r"\begin{cases} a & \text{for $t = 1$} \\ b \end{cases}", "(cases (a if (= t 1)) (b if -))"),
    ],
    "transparent": [
        (r"\boxed{a + b}", "(+ a b)"),
        (r"\underbrace{a b}_{\text{carried}} c", "(* a b c)"),
        (r"\underbrace{a b}\_{d\_{next}} \tag{9}\{}", "(* a b)"),
        (r"\overbrace{a}^{n} + b", "(+ a b)"),
        ("a\n=====\n-b\n---\nc", "(= a (+ -b -c))"),
        (r"a \, b \; c \! d", "(* a b c d)"),
        (r"\displaystyle a", "a"),
        (r"a \tag{3}", "a"),
        (r"\label{eq:1} a", "a"),
        (r"\color{red} a", "a"),
        (r"\textcolor{red}{a} b", "(* a b)"),
        (r"a ~ b", "(* a b)"),
        ("a % note\n+ b", "(+ a b)"),
        (r"a\nonumber", "a"),
    ],
    "words as names": [
        (r"crossentropy(p, y)", "(* crossentropy (paren (list p y)))"),
        (r"ReLU(z)", "(* ReLU (paren z))"),
        (r"{loss}_t", "(loss _ t)"),
        (r"loss_t", "(loss _ t)"),
        (r"labels_t", "(labels _ t)"),
        (r"somename(x)", "(* somename (paren x))"),
        (r"\mathbf{\text{labels}_t}", "(labels _ t)"),
        (r"y_{true,t,i}", "(y _ (list true t i))"),
        (r"W_{rec} x", "(* (W _ rec) x)"),
        (r"da_{next}", "(* d (a _ next))"),
        (r"{\rm tanh}(x)", "(* tanh (paren x))"),
        (r"\rm{tanh}(x)", "(* tanh (paren x))"),
        (r"Ux_t + Ws_{t-1}", "(+ (* U (x _ t)) (* W (s _ (+ t -1))))"),
        (r"w_{net}(t)", "(* (w _ net) (paren t))"),
        (r"Wdiag(h)", "(* W diag (paren h))"),
        (r"abcd", "(* a b c d)"),
        (r"T_{ln} u_{tr}", "(* (T _ (* l n)) (u _ (* t r)))"),
        (r"ln(x)", "(* ln (paren x))"),
        (r"\delta_{ijkl}", "(delta _ (* i j k l))"),
        (r"L_{\text{two words}}", '(L _ "two words")'),
    ],
    "accents on accents": [
        (r"\hat{\vec y}^{(t)}", "(hat vec:y ^ (paren t))"),
        (r"\widehat{h_t}", "(hat:h _ t)"),
        (r"\overrightarrow{h}_t", "(right:h _ t)"),
        (r"\overset{\rightarrow}{h}_t", "(right:h _ t)"),
        (r"\hat{\tilde{a}}", "hat tilde:a"),
    ],
    "scripts as found": [
        (r"{X_a}_b", "((X _ a) _ b)"),
        (r"{}_S w^2", "(S _ w ^ 2)"),
        (r"h{}_t", "(h _ t)"),
        (r"a^{<t>T}", "((a ^ (angle t)) ^ T)"),
        (r"a^{\langle t\rangle 2}", "((a ^ (angle t)) ^ 2)"),
        (r"a^{l(t)}", "(a ^ (* l (paren t)))"),
        (r"z_{L+1,i}^{(t)}", "(z _ (list (+ L 1) i) ^ (paren t))"),
        (r"f'^{\,l}(x)", "(* (f ^ l prime) (paren x))"),
        (r"(z)_\text{layer}", "((paren z) _ layer)"),
        (r"W[:, \text{in}:]^T x", "(* W ((bracket (list (slice - -) (slice in -))) ^ T) x)"),
        (r"W_{[:, :k]}", "(W _ (bracket (list (slice - -) (slice - k))))"),
        (r"x_{1:T}", "(x _ (slice 1 T))"),
        (r"x_{<t}", "(x _ (lt  t))"),
        (r"\underset{i}{\max}\; z_i", "(* (max _ i) (z _ i))"),
        (r"f(x_t, h; \psi)", "(* f (paren (list (x _ t) h psi)))"),
    ],
    "dots": [
        (r"a_1 + \ldots + a_n", "(+ (a _ 1) ... (a _ n))"),
        (r"A_t A_{t-1} \cdots A_1", "(* (A _ t) (A _ (+ t -1)) ... (A _ 1))"),
        (r"(x_1, \dots, x_T)", "(paren (list (x _ 1) ... (x _ T)))"),
        (r"a + \cdots", "(+ a ...)"),
        (r"\begin{pmatrix} a \\ \vdots \\ b \end{pmatrix}", "(matrix a / ... / b)"),
    ],
    "derivatives as found": [
        (r"\frac{\partial}{\partial z}\tanh(z)", "(partial (* tanh (paren z)) z)"),
        (r"\frac{d}{do_t} o_t \tanh(c_t)", "(total (* (o _ t) tanh (paren (c _ t))) (o _ t))"),
        (r"o_t\frac{d}{dc_t} \tanh(c_t)", "(* (o _ t) (total (* tanh (paren (c _ t))) (c _ t)))"),
        (r"\frac{\partial (U x + W h)}{\partial h}", "(partial (paren (+ (* U x) (* W h))) h)"),
        (r"\partial_w f(x, h) \partial_w h", "(* (partial (* f (paren (list x h))) w) (partial h w))"),
        (r"\partial_{o_t} l(y, o)", "(partial (* l (paren (list y o))) (o _ t))"),
        (r"\frac{\partial z}{h_t}", "(partial z (h _ t) forgotten denominator)"),
        (
            r"\frac{\partial L(t)}{Y(t)_{i,j}}",
            "(partial (* L (paren t)) (* Y ((paren t) _ (list i j))) forgotten denominator)",
        ),
        (r"\frac{\mathrm{d}z}{h_t}", "(total z (h _ t) forgotten denominator)"),
        (r"\frac{dz}{h_t}", "(frac (* d z) (h _ t))"),
        (r"\frac{L_3}{\partial y}", "(partial (L _ 3) y forgotten numerator)"),
        (r"\frac{\partial \ell}{T \cdot \partial o_t}", "(* (frac 1 T) (partial ell (o _ t)))"),
        (r"\frac{\sum_{i=t}^{T}\partial J^{i}}{\partial a}", "(* (sum (= i t) T) (partial (J ^ i) a))"),
        (r"\frac{\partial u + \partial w}{\partial v}", "(+ (partial u v) (partial w v))"),
        (r"\frac{\partial \sum_k w_k a_k + b}{\partial w_i}", "(partial (+ (* (sum k -) (w _ k) (a _ k)) b) (w _ i))"),
        (r"\frac{\partial a - b}{\partial w}", "(partial (+ a -b) w)"),
        (r"\nabla_a C \odot z", "(* (nabla a C) odot z)"),
        (r"\nabla_{W_t} E", "(nabla (W _ t) E)"),
        (r"\nabla_W (a + b)", "(nabla W (paren (+ a b)))"),
        (r"\frac{\partial}{\partial W} u (v) w", "(partial (* u (paren v) w) W)"),
        (r"\frac{\partial Y(t)_{m,n}}{\partial G}", "(partial (* Y ((paren t) _ (list m n))) G)"),
        (r"\frac{\partial L}{\partial \left(z_l\right)_{layer}}", "(partial L ((paren (z _ l)) _ layer))"),
        (r"dW_f", "(* d (W _ f))"),
    ],
    "bars": [
        (r"\left.\frac{\partial J}{\partial W}\right|_{(i)}", "(at (partial J W) (paren i))"),
        (r"\left. J \right|_{\text{future}}", "(at J future)"),
        (r"\left. J \right|_{\text{未來}}", '(at J "未來")'),
        (r"\left. J \right|_{未來}", '(at J "未來")'),
        (r"\frac{dC}{dy}\Big|_{y_N} x", "(* (at (total C y) (y _ N)) x)"),
        (r"||\hat y - y||", "(norm (+ hat:y -y))"),
        (r"\left|\left| a \right|\right| |b||c|", "(* (norm a) (bar b) (bar c))"),
        (r"p(y = 1 | x)", "(* p (paren (list (= y 1) x)))"),
    ],
    "signs as found": [
        (r"\sum_t -[a] b + c", "(+ (* (sum t -) (+ -(* (bracket a) b))) c)"),
        (r"\sum_{t}{} x", "(* (sum t -) x)"),
        (r"a \cdot -b", "(* a cdot (+ -b))"),
        (r"{a + b \over c} d", "(* (frac (+ a b) c) d)"),
        (r"\sqrt{a + b}", "(* sqrt (paren (+ a b)))"),
        (r"\left\( a \right\) b", "(* (paren a) b)"),
        (r"\mathbf 1(m=i, n=j)", "(* one (paren (list (= m i) (= n j))))"),
        (r"a \space b \large c", "(* a b c)"),
        (r"\begin{cases} a, & i \ne j\\\\ b, & i = j\end{cases}", "(cases (a if (ne i j)) (b if (= i j)))"),
        (
            r"\begin{cases} a & (t = T) \\ b & \text{else if } t = 1, \ldots, T \end{cases}",
            "(cases (a if (= t T)) (b if (in t (range 1 T))))",
        ),
        (r"\begin{cases} a & \text{in doubt always} \\ b \end{cases}", '(cases (a if "in doubt always") (b if -))'),
    ],
    "unicode": [
        (r"∂L/∂W", "(partial L W)"),
        (r"η", "eta"),
        (r"σ′(z)", "(* (sigma prime) (paren z))"),
        (r"h_t ⊙ h_t", "(* (h _ t) odot (h _ t))"),
        (r"Wᵀx", "(* (W ^ top) x)"),
        (r"a − b", "(+ a -b)"),
        (r"a·b", "(* a cdot b)"),
        (r"x²", "(x ^ 2)"),
        (r"hₜ₋₁", "(h _ (+ t -1))"),
        (r"ŷ_t", "(hat:y _ t)"),
        ("y\u0302_t", "(hat:y _ t)"),
        (r"∑_t x", "(* (sum t -) x)"),
        (r"𝐖 x", "(* W x)"),
        (r"1 ≤ k", "(le 1 k)"),
        (r"∂⁺a/∂W", "(direct a W)"),
        (r"⟨a⟩", "(angle a)"),
        (r"𝟙_{i=j}", "(one _ (= i j))"),
    ],
}

# What is refused: the formula, the character (from 1) where the error points, and a word of the reason.
BAD = {
    "something missing": [
        ("", 1, "missing"),
        ("a +", 3, "breaks off"),
        (r"a \cdot", 3, "breaks off"),
        ("a^", 2, "breaks off"),
        (r"\frac{a}", 8, "breaks off"),
        (r"\frac{a}{}", 10, "missing"),
        ("a_{}", 4, "missing"),
        ("()", 2, "missing"),
        (r"\hat", 1, "breaks off"),
        ("^2", 1, "on nothing"),
        ("'", 1, "on nothing"),
        (r"\cdot a", 1, "left operand"),
        (r"\sum_t", 1, "over nothing"),
        (r"\left. a \right|", 10, "breaks off"),
        ("a = b =", 7, "breaks off"),
        (r"\begin{bmatrix} a & \end{bmatrix}", 21, "entry"),
    ],
    "brackets that do not pair": [
        ("(a", 1, "never closed"),
        ("{a", 1, "never closed"),
        (r"\left( a", 1, "never closed"),
        (r"\left. a", 1, "never closed"),
        ("a)", 2, "closes nothing"),
        ("a}", 2, "closes nothing"),
        ("(a]", 3, "closes nothing"),
        (r"\left( a \right]", 10, "closes nothing"),
        (r"\end{cases}", 1, "closes nothing"),
        (r"\begin{cases} a & b \end{pmatrix}", 21, "closes nothing"),
        (r"a \tag{3", 7, "never closed"),
        ("a⁽ᵗ", 2, "bracket"),
    ],
    "not understood": [
        (r"\foo x", 1, r"`\foo`"),
        (r"\input{/etc/passwd}", 1, r"`\input`"),
        (r"\left/ a", 1, "no bracket"),
        ("a ! b", 3, "`!`"),
        ("a £ b", 3, "U+00A3"),
        ("a\x07", 2, "not read"),
        ("\u0302a", 1, "accent"),
        (r"\begin{tikzcd} a \end{tikzcd}", 1, "environment"),
        (r"\text{some words} a", 1, "words"),
        (r"\text{if all is well} a", 1, "words"),
        (r"a (\text{some words}) b", 3, "words"),
        (r"a \text{-} b", 3, "signs"),
        (r"\mbox{1/2} b", 1, "signs"),
        (r"a \over b", 3, "braces"),
        (r"\overset{!}{\to} a", 1, "overset"),
        (r"\boxed a", 1, "braces"),
        (r"\left\{ a \right.", 1, "neither cases nor equations"),
        (r"a \\ b", 3, "line break"),
        ("a & b", 3, "`&`"),
    ],
    "a guess would be needed": [
        (r"{a + b} c", 1, "write brackets"),
        (r"{a b}^2", 1, "write brackets"),
        (r"\underbrace{a + b}_{x} c", 1, "write brackets"),
        ("a^b^c", 4, "brackets"),
        ("a_b_c", 4, "brackets"),
        (r"a \frac{\partial u}{\partial v}|_{t=1}", 3, "bar covers"),
        ("a|_{t=1}|_{t=2}", 9, "evaluation bar"),
        ("a (b = c) d", 3, "statement of its own"),
        (r"\hat{a b}", 1, "single symbol"),
        (r"\sum_a_b x", 7, "one bound"),
    ],
    "derivatives that are not clear": [
        (r"\partial u", 1, "not finished"),
        (r"\frac{\partial u \partial w}{\partial v}", 18, "not finished"),
        (r"\frac{\partial u}{v w}", 6, "not finished"),
        (r"\frac{u + w}{\partial v}", 13, "not finished"),
        (r"\frac{\partial}{\partial v}", 1, "missing"),
        (r"\frac{\partial^2 u}{\partial v^2}", 15, "first derivatives"),
        (r"\nabla_W^2 L", 9, "first derivatives"),
        (r"\frac{\partial u}{\partial (a + b)}", 28, "one symbol"),
        (r"\partial u / \partial v (a + b)", 25, "this bracket"),
        (r"\nabla_W L (y)", 12, "this bracket"),
        (r"\frac{\partial u}{\partial a b}", 28, "one symbol"),
        (r"\nabla L", 1, r"\nabla_v"),
    ],
    "one reach inside another": [
        (r"\frac{d}{dx} u \frac{d}{dy} v", 16, "another reaches"),
        (r"\partial_w \sum_t \partial_w \sum_t u", 19, "another reaches"),
        (r"a \cdot -b \cdot -c", 18, "second sign"),
    ],
    "signs in a row, but for a line of its own": [
        ("a --- b", 4, "a sign where a factor is expected"),
        ("a\n---- b", 4, "a sign where a factor is expected"),
    ],
    "matrices": [
        (r"\begin{bmatrix} a & b \\ c \end{bmatrix}", 1, "differ in length"),
        (r"\frac{a, b}{c}", 6, "single expression"),
    ],
}

HOSTILE = {
    "brackets": "(" * 5000 + "a" + ")" * 5000,
    "braces": "{" * 61 + "a" + "}" * 61,
    "unclosed": "(" * 20_000,
    "fractions": r"\frac{1}{" * 2000,
    "bare fractions": r"\frac" * 4000 + "a" * 4001,
    "accents": r"\hat" * 4000 + "a",
    "exponents": "a^{" * 2000,
    "digits": "1" * 20_000,
    "a huge exponent": "a^{" + "9" * 41 + "}",
    "a megabyte": "a" * 1_000_000,
    "words in words": r"\text{$" * 2000,
    "bars": "|" * 9999,
    "environments": r"\begin{aligned}" * 1000,
    "operators": r"\frac{d}{dx} " * 1200 + "y",
    "operators over sums": r"\partial_w \sum_t " * 900 + "y",
    "signs": "a" + r" \cdot -a" * 1900,
    "left scripts": "{}_a " * 3900 + "b",
    "fractions of fractions": r"{a \over " * 70 + "b" + "}" * 70,
}


def _cases(table):
    return [pytest.param(*row, id=f"{name}: {row[0]}") for name, rows in table.items() for row in rows]


@pytest.mark.parametrize(("latex", "expected"), _cases(GOOD))
def test_reads(latex, expected, show):
    assert show(parse(latex, WORDS)) == expected


@pytest.mark.parametrize(("latex", "character", "reason"), _cases(BAD))
def test_refuses(latex, character, reason):
    with pytest.raises(ReadError) as caught:
        parse(latex)
    error = caught.value
    assert error.span is not None and error.span[0] + 1 == character
    assert reason in error.message
    assert str(error) == f"{error.message} (at character {character})"
    assert str(error).isprintable()


@pytest.mark.parametrize("latex", HOSTILE.values(), ids=HOSTILE)
def test_refuses_hostile_sizes(latex):
    with pytest.raises(ReadError):
        parse(latex)


def test_long_sums_and_products_are_no_nesting(show):
    assert show(parse(" + ".join(["a"] * 4000))).count("a") == 4000
    assert show(parse("a " * 4000)).count("a") == 4000
    assert show(parse("a" + "'" * 4000)).count("prime") == 4000
    assert show(parse(r"\nabla_w " + r"\log " * 3000 + "p(x)")).count("log") == 3000


def test_spans_are_places_in_the_source():
    latex = r"w_{ya} \, a(t) + \frac{1}{2}"
    tree = parse(latex)
    first, second = tree.terms
    assert [latex[slice(*node.span)] for node in (tree, first, *first.factors, second)] == [
        latex,
        r"w_{ya} \, a(t)",
        "w_{ya}",
        "a",
        "(t)",
        r"\frac{1}{2}",
    ]


def test_the_span_of_what_is_differentiated():
    for latex in (r"\frac{d h(k)}{d W}", r"\frac{\partial h(k)}{\partial W}", r"\frac{d}{dW} h(k)"):
        of = parse(latex).of
        assert latex[slice(*of.span)] == "h(k)", latex


def test_spans_take_no_part_in_comparisons():
    assert parse("a  +  b") == parse("a+b")
    assert hash(parse(r"\left( a \right)")) == hash(parse("(a)"))
    assert parse("a b") != parse("b a")


def test_names_of_several_letters_are_the_legends_to_declare():
    name = Script((0, 0), Symbol((0, 0), "net"), sub=Symbol((0, 0), "y"))
    assert parse("net_y", WORDS) == parse("net y", WORDS) == parse(r"\text{net}y", WORDS) == name
    assert parse("net y") != name


@pytest.mark.parametrize(
    ("latex", "font"),
    [
        (r"\mathbf{W}", "bold"),
        (r"\boldsymbol\delta", "bold"),
        (r"{\bf W}", "bold"),
        (r"\mathcal L", "cal"),
        (r"{\cal L}", "cal"),
        (r"\mathbb{R}", "bb"),
        ("ℝ", "bb"),
        ("𝐖", "bold"),
        (r"\mathrm{d}", "roman"),
        (r"\text{loss}", "roman"),
        (r"\mathbf{\text{labels}}", "bold"),
        ("W", ""),
    ],
)
def test_a_symbol_knows_its_font(latex, font):
    symbol = parse(latex)
    assert isinstance(symbol, Symbol) and symbol.font == font


def test_a_font_reaches_over_its_braces_alone():
    first, second = parse(r"\mathbf{h_t} x").factors
    assert (first.base.font, first.sub.font, second.font) == ("bold", "bold", "")


def test_an_equation_has_two_sides():
    assert parse_equation("h_t = W x_t") == (parse("h_t"), parse("W x_t"))
    for wrong in ("h_t", "a = b = c", r"a \approx b"):
        with pytest.raises(ReadError, match="left = right"):
            parse_equation(wrong)
