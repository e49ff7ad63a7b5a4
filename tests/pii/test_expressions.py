"""Code beside a telling name: an expression is not a secret, whatever the language writes between name and value."""

from __future__ import annotations

import pytest

from stackmark import pii

EXPRESSIONS = [
    ("a.c", "assert( pToken->pSegcsr==0 );"),
    ("a.c", "if( pToken->bFirst || (pToken->pSegcsr!=0 && !pToken->pSegcsr->bLookup) ){"),
    ("a.c", "while (token->kind2!=TOKEN_EOF3 && token->next4->kind2<7) token=token->next4;"),
    ("a.cc", "password_->Reset2Default(secret_ptr->data4x());"),
    ("a.pl", "$token->as_string2hex($secret->{key1});"),
    ("a.php", "$this->password->hash2check($this->secret->value1());"),
    ("a.rs", "Token::Secret => parse_secret2(token, key1)?,"),
    ("a.go", "secret := hmac.New(sha256.New, key1)"),
    ("a.go", "token <- tokens2[i1]"),
    ("a.js", "const password = req.body.password1 || opts.secret2;"),
    ("a.ts", "password: (value2: string) => validate1(value2),"),
    ("a.py", 'with mock.patch.object(pwd, "getpwuid", return_value=result):'),
    ("a.py", "token = tokens2[-1].value1 if tokens2 else None"),
    ("a.py", "self.validate_passwords('new_password1', 'new_password2')"),
    ("a.rb", "password&.sub!(/x2/) { secret1.next }"),
    ("a.sh", 'password="$(pass show db1 | head -n1)"'),
    ("a.lua", "token.secret1 = secrets2[#secrets2]"),
    ("a.ml", "let token = next_token2 lexbuf1 in"),
    ("a.hs", "secret <- readSecret2 =<< lookupKey1 cfg"),
]
SECRETS = [
    ("a.c", 'token->secret = "dR7kq0ZpW2mX9vTb4LsY";'),
    ("a.php", '$this->password = "dR7kq0ZpW2mX9vTb4LsY";'),
    ("a.pl", '$cfg->{password} = "dR7kq0ZpW2mX9vTb4LsY";'),
    ("a.rb", '"password" => "dR7kq0ZpW2mX9vTb4LsY",'),
    ("a.go", 'secret := "dR7kq0ZpW2mX9vTb4LsY"'),
    ("a.env", "SECRET_TOKEN=dR7kq0ZpW2mX9vTb4LsY"),
]


@pytest.mark.parametrize("sensitivity", ["strict", "balanced"])
@pytest.mark.parametrize(("path", "line"), EXPRESSIONS)
def test_an_expression_stays(path: str, line: str, sensitivity: str) -> None:
    assert pii.scan(line.encode(), path, sensitivity) == []


@pytest.mark.parametrize(("path", "line"), SECRETS)
def test_a_literal_beside_the_same_signs_is_found(path: str, line: str) -> None:
    (found,) = pii.scan(line.encode(), path, "balanced")
    assert line.encode()[found.start : found.end] == b"dR7kq0ZpW2mX9vTb4LsY"
