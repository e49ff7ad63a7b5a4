"""Texts of our own under ambiguous names; each stands for how its language usually looks."""

import pytest

from stackmark.languages import detect

C_HEADER = b"#ifndef A_H\n#define A_H\ntypedef struct list {\n  int n;\n} list;\nint list_len(const list *l);\n#endif\n"
CASES = [
    ("a.h", C_HEADER, "C"),
    ("a.h", b'#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif\n', "C"),
    ("a.h", b"/* The virtual address of\n   virtual memory, explicit or not (see below)\n*/\nint f(void);\n", "C"),
    ("a.h", b"#include <vector>\nnamespace a {\nclass B : public C {\n public:\n  virtual ~B();\n};\n}\n", "C++"),
    ("a.h", b"template <typename T>\nT twice(const T& x);\n", "C++"),
    ("a.h", b"class MainWindow : public QMainWindow {\n  Q_OBJECT\n};\n", "C++"),
    ("a.h", b"#import <UIKit/UIKit.h>\n@interface A : UIView\n- (void)run;\n@end\n", "Objective-C"),
    ("a.h", b"@class Foo;\nextern NSString *const kName;\n", "Objective-C"),
    ("a.m", b"#import \"A.h\"\n@implementation A\n- (int)f { return [self g]; }\n@end\n", "Objective-C"),
    ("a.m", b"function y = f(x)\n% F squares\n  y = x .^ 2;\nend\n", "MATLAB"),
    ("a.m", b"% script\nclear all; close all;\nx = zeros(3, 1);\nplot(x);\n", "MATLAB"),
    ("a.m", b"x = 1:10;\nfigure;\nplot(x, x.^2);\nhold on;\n", "MATLAB"),
    ("a.m", b":- module hello.\n% prints\n:- interface.\n:- import_module io.\n", "Mercury"),
    ("a.m", b"(* package *)\nBeginPackage[\"A`\"]\nf[x_] := Module[{y}, y = x]\nEndPackage[]\n", "Wolfram Language"),
    ("a.m", b"CALC(X,Y) ; entry\n N Z\n S Z=X+Y\n Q Z\n", "M"),
    ("a.pl", b"#!/usr/local/lib/x\nuse strict;\nmy ($x) = @_;\nprint \"hi\\n\";\n", "Perl"),
    ("a.pl", b"$x = shift;\nif ($x =~ /a/) { print $x; }\n", "Perl"),
    ("a.pl", b":- module(a, [f/1]).\nf(X) :- g(X), !.\nf(_).\n", "Prolog"),
    ("a.pl", b"parent(tom, bob).\nanc(X, Y) :-\n    parent(X, Y).\n", "Prolog"),
    ("a.pl", b"use v6;\nsay 'hi';\n", "Raku"),
    ("a.pm", b"package A::B;\nsub new { my $class = shift; return bless {}, $class; }\n1;\n", "Perl"),
    ("a.pm", b"unit class A;\nhas Int $.n;\nmethod twice { $!n * 2 }\n", "Raku"),
    ("a.pm", b"/* XPM */\nstatic char * a_xpm[] = {\n\"16 16 2 1\"};\n", "X PixMap"),
    ("a.t", b"use Test::More tests => 1;\nok(1, 'fine');\n", "Perl"),
    ("a.t", b"use v6;\nuse Test;\nplan 1;\nok True;\n", "Raku"),
    ("a.t", b"terra add(a : int, b : int)\n  return a + b\nend\n", "Terra"),
    ("a.t", b"% game\nvar n : int := 1\nloop\n  put n\nend loop\n", "Turing"),
    ("a.r", b"# load\nx <- c(1, 2)\nf <- function(a) a + 1\n", "R"),
    ("a.r", b"REBOL [\n  Title: \"x\"\n]\nprint \"hi\"\n", "Rebol"),
    ("a.r", b"#include \"Types.r\"\rresource 'MENU' (128) {\r};\r", "Rez"),
    ("a.v", b"module top(input clk, output reg q);\n  always @(posedge clk) q <= ~q;\nendmodule\n", "Verilog"),
    ("a.v", b"Require Import Arith.\nLemma a : 1 = 1.\nProof. reflexivity. Qed.\n", "Rocq Prover"),
    ("a.v", b"module main\nimport os\nfn main() {\n\tprintln('hi')\n}\n", "V"),
    ("a.fs", b"module A\nopen System\nlet f x = x |> string\n", "F#"),
    ("a.fs", b"\\ words\n: square ( n -- n ) dup * ;\n", "Forth"),
    ("a.fs", b"#version 330\nuniform vec4 c;\nvoid main() { gl_FragColor = c; }\n", "GLSL"),
    ("a.ml", b"open Printf\nlet rec f x = match x with\n  | [] -> 0\n", "OCaml"),
    ("a.ml", b"structure A = struct\n  fun f 0 = 1\n    | f n = n\n  val x = fn y => y\nend\n", "Standard ML"),
    ("a.ts", b"import { a } from 'b';\nexport const x: number = 1;\n", "TypeScript"),
    ("a.ts", b"<?xml version=\"1.0\"?>\n<!DOCTYPE TS>\n<TS version=\"2.1\">\n", "XML"),
    ("a.tsx", b"export const A = () => <div/>;\n", "TSX"),
    ("a.tsx", b"<?xml version=\"1.0\"?>\n<tileset name=\"x\"/>\n", "XML"),
    ("a.md", b"# Title\n\ntext\n", "Markdown"),
    ("a.md", b";; machine\n(define_insn \"addsi3\"\n  [(set)])\n", "GCC Machine Description"),
    ("a.json", b'{"a": 1}', "JSON"),
    ("a.json", b'{\n  "swagger": "2.0",\n  "info": {}\n}\n', "OASv2-json"),
    ("a.json", b'{\n  "openapi": "3.0.3"\n}\n', "OASv3-json"),
    ("a.yaml", b"openapi: 3.1.0\ninfo: {}\n", "OASv3-yaml"),
    ("a.yml", b"swagger: '2.0'\n", "OASv2-yaml"),
    ("a.yml", b"Player:\n\tHealth: 1\n", "MiniYAML"),
    ("a.yml", b"on: push\njobs:\n  a: 1\n", "YAML"),
    ("a.sql", b"CREATE TABLE t (a INT PRIMARY KEY);\nINSERT INTO t VALUES (1);\n", "SQL"),
    ("a.sql", b"CREATE FUNCTION f() RETURNS trigger AS $$\nBEGIN\nEND;\n$$ LANGUAGE plpgsql;\n", "PLpgSQL"),
    ("a.sql", b"CREATE OR REPLACE PACKAGE BODY a AS\n  x VARCHAR2(10);\nEND;\n/\n", "PLSQL"),
    ("a.sql", b"DECLARE @x INT\nSELECT * FROM [dbo].[t]\nGO\n", "TSQL"),
    ("a.inc", b"<?php\nfunction f() {}\n", "PHP"),
    ("a.inc", b"procedure A.Run;\nbegin\n  x := 1;\nend;\n", "Pascal"),
    ("a.inc", b"; macros\ncount equ 10\n  mov ax, bx\n  db 1, 2\n", "Assembly"),
    ("a.inc", b"SRC_URI = \"file://a\"\ninherit autotools\n", "BitBake"),
    ("a.inc", b"#declare R = 1;\nsphere { <0,0,0>, R pigment { color rgb 1 } }\n", "POV-Ray SDL"),
    ("a.inc", b"forward OnTick(id);\nstock f(a) { new x = a; return x; }\n", "Pawn"),
    ("a.inc", b"local_var port;\nport = get_kb_item(\"x\");\n", "NASL"),
    ("a.inc", b"template <class T> struct A { T x; };\nstd::string f();\n", "C++"),
    ("a.pp", b"class ntp {\n  package { 'ntp':\n    ensure => installed,\n  }\n}\n", "Puppet"),
    ("a.pp", b"unit A;\ninterface\nuses B;\nimplementation\nend.\n", "Pascal"),
    ("a.d", b"module a.b;\nimport std.stdio;\nvoid main() { writeln(1); }\n", "D"),
    ("a.d", b"main.o: main.c main.h \\\n  util.h\n", "Makefile"),
    ("a.d", b"syscall::open:entry\n{\n  printf(\"%s\", execname);\n}\n", "DTrace"),
    ("a.s", b"\t.text\n\t.globl main\nmain:\n\tmovq %rsp, %rbp\n", "Unix Assembly"),
    ("a.s", b"; boot\nsection .text\n  mov eax, 1\n", "Assembly"),
    ("a.s", b"start:\n\tmove.l d0,(a1)+\n\tmoveq #0,d1\n", "Motorola 68K Assembly"),
    ("a.asm", b"org 100h\nmov ah, 9\nint 21h\n", "Assembly"),
    ("a.cls", b"public with sharing class A {\n  void f() { System.debug('x'); }\n}\n", "Apex"),
    ("a.cls", b"\\NeedsTeXFormat{LaTeX2e}\n\\ProvidesClass{a}\n", "TeX"),
    ("a.cls", b"VERSION 1.0 CLASS\nBEGIN\n  MultiUse = -1  'True\n  Persistable = 0\nEND\n", "Visual Basic 6.0"),
    ("a.cls", b"Class A.B Extends %Persistent\n{\nProperty N As %String;\n}\n", "ObjectScript"),
    ("a.bas", b"10 PRINT \"HI\"\n20 GOTO 10\n", "BASIC"),
    ("a.bas", b"Attribute VB_Name = \"M\"\nSub F()\n  Worksheets(1).Range(\"A1\").Value = 1\nEnd Sub\n", "VBA"),
    ("a.bas", b"#include once \"a.bi\"\ndim p as integer ptr\n", "FreeBASIC"),
    ("a.bas", b"DECLARE SUB Draw (x%)\nSCREEN 13\nCLS\n", "QuickBASIC"),
    ("a.pro", b"QT += core\nSOURCES += main.cpp\nHEADERS += a.h\n", "QMake"),
    ("a.pro", b"pro hello, x\n  compile_opt idl2\n  print, x\nend\n", "IDL"),
    ("a.pro", b":- use_module(library(lists)).\nf(X) :- g(X).\n", "Prolog"),
    ("a.pro", b"-keep public class * { *; }\n-dontwarn a.**\n", "Proguard"),
    ("a.cs", b"using System;\nnamespace A {\n  public class B { int x; }\n}\n", "C#"),
    ("a.cs", b"\xef\xbb\xbfusing System;\n", "C#"),
    ("a.cs", b"Object subclass: #A\n!A methodsFor: 'x'!\nf ^1! !\n", "Smalltalk"),
    ("a.rs", b"use std::io;\nfn main() {}\n", "Rust"),
    ("a.rs", b"#pragma version(1)\n#pragma rs java_package_name(a.b)\nvoid root() {}\n", "RenderScript"),
    ("a.php", b"<?php echo 1;\n", "PHP"),
    ("a.php", b"<?hh // strict\nfunction f(): int { return 1; }\n", "Hack"),
    ("a.es", b"-module(a).\nmain(_) -> ok.\n", "Erlang"),
    ("a.es", b"export default function f() {}\n", "JavaScript"),
    ("a.ex", b"defmodule A do\n  def f(x), do: x\nend\n", "Elixir"),
    ("a.gd", b"extends Node2D\nfunc _ready():\n\tpass\n", "GDScript"),
    ("a.gd", b"DeclareOperation( \"F\", [ IsGroup ] );\n", "GAP"),
    ("a.1", b".TH A 1\n.SH NAME\na \\- b\n", "Roff Manpage"),
    ("a.3", b".Dd May 1\n.Dt A 3\n.Sh NAME\n", "Roff Manpage"),
    ("a.3ssl", b".TH A 3ssl\n", "Roff Manpage"),
    ("a.ms", b".NH 1\nTitle\n.PP\ntext\n", "Roff"),
    ("a.tpl", b"{{- if .Values.on }}\na: {{ .Values.a | quote }}\n{{- end }}\n", "Go Template"),
    ("a.tpl", b"{foreach $items as $i}\n  {$i.name}\n{/foreach}\n", "Smarty"),
    ("a.lsp", b"(defun f (x) x)\n(setf a 1)\n", "Common Lisp"),
    ("a.lsp", b"(define (f x) (println x))\n(context 'A)\n", "NewLisp"),
    ("a.cl", b"__kernel void f(__global float *a) { int i = get_global_id(0); }\n", "OpenCL"),
    ("a.cl", b"(defpackage :a)\n(defun f (x) x)\n", "Common Lisp"),
    ("a.bf", b"++++++++[>++++[>++<-]<-]>.\n", "Brainfuck"),
    ("a.bf", b"using System;\nnamespace A { class B {} }\n", "Beef"),
    ("a.mod", b"set I;\nparam c {I} >= 0;\nvar x {I};\nminimize cost: sum {i in I} c[i]*x[i];\n", "AMPL"),
    ("a.mod", b"IMPLEMENTATION MODULE A;\nBEGIN\nEND A.\n", "Modula-2"),
    ("a.mod", b"<!-- x -->\n<!ENTITY % a \"b\">\n", "XML"),
    ("a.scm", b"(define (f x) (if #t x))\n", "Scheme"),
    ("a.scm", b"(comment) @comment\n((identifier) @a (#eq? @a \"x\"))\n", "Tree-sitter Query"),
    ("a.st", b"Object subclass: #A instanceVariableNames: ''\n!A methodsFor: 'x'!\n", "Smalltalk"),
    ("a.x", b"program P { version V { int f(void) = 1; } = 1; } = 99;\n", "RPC"),
    ("a.x", b"ENTRY(_start)\nSECTIONS\n{\n  .text : { *(.text) }\n}\n", "Linker Script"),
    ("a.pc", b"prefix=/usr\nName: a\nVersion: 1\nLibs: -la\n", "pkg-config"),
    ("a.lean", b"import Mathlib.Tactic\ntheorem a : 1 = 1 := by\n  rfl\n", "Lean 4"),
    ("a.lean", b"import data.nat.basic\ntheorem a : 1 = 1 :=\nbegin\n  refl,\nend\n", "Lean"),
    ("a.test", b"package require tcltest\ntest a-1 {x} {\n  set y 1\n} 1\n", "Tcl"),
    ("a.dem", b"set title 'x'\nplot sin(x)\npause -1\n", "Gnuplot"),
    ("a.sol", b"// SPDX-License-Identifier: MIT\npragma solidity ^0.8.0;\ncontract A {}\n", "Solidity"),
    ("a.plist", b"<?xml version=\"1.0\"?>\n<plist version=\"1.0\"/>\n", "XML Property List"),
    ("hosts", b"127.0.0.1 localhost\n", "Hosts File"),
    ("hosts", b"[web]\na.example\n", "INI"),
    (".eslintrc", b"// rules\n{ \"root\": true }\n", "JSON with Comments"),
    (".eslintrc", b"root: true\n", "YAML"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "expected"), CASES, ids=[f"{c[0]}-{c[2]}-{n}" for n, c in enumerate(CASES)])
def test_texts_under_ambiguous_names(name, text, expected):
    found = detect(name, text)
    assert found is not None
    assert (found.name, found.strategy) in {(expected, "rule"), (expected, "classifier"), (expected, "extension")}
    assert detect(name, text.replace(b"\n", b"\r\n")).name == expected


@pytest.mark.parametrize(
    "name", ["a.1", "a.7", "a.test", "a.tag", "a.stl", "a.app", "a.msg", "a.sol", "a.url", "a.target"]
)
def test_common_suffixes_are_not_believed_without_a_mark(name):
    assert detect(name, b"") is None
    assert detect(name, b"some words, and\nnothing else of note\n") is None
    assert detect(name, bytes(range(256))) is None


def test_a_text_that_only_shares_a_common_suffix_is_none_of_its_languages():
    assert detect("option.d", b"Long: verbose\nHelp: Make it talk more\n") is None
    assert detect("run.t", b"  $ make\n  done\n") is None


@pytest.mark.parametrize("text", [b"", b"?\n"])
def test_a_text_without_any_mark_takes_the_commonest_language_and_says_so(text):
    found = detect("a.cls", text)
    assert (found.name, found.strategy, found.confidence) == ("Apex", "extension-ambiguous", 0.5)


def test_texts_that_show_two_languages_are_weighed():
    assert detect("a.pl", b"% facts\nf(X) :- g(X).\n" * 9 + b"shift;\n").name == "Prolog"
    assert detect("a.pl", b"use strict;\nmy $x = shift;\n" * 9 + b":- dynamic f/1.\n").name == "Perl"
    header = (
        b"#ifdef __cplusplus\nnamespace a {\n#endif\n" + b"typedef struct b { int c; } b;\nstruct d *e(void);\n" * 9
    )
    assert detect("a.h", header).name == "C"


@pytest.mark.parametrize(
    ("name", "text", "language"),
    [
        ("Make.inc", b"# Settings\nPLAT = linux\nBLASLIB = $(HOME)/lib/libblas.a\n", "Makefile"),
        ("table.inc", b"X(one)\nX(two)\n", "C++"),
        ("page.inc", b"<?php\ninclude 'a.php';\n", "PHP"),
        ("tool.spec", b"Name: tool\nVersion: 1\n\n%prep\n%setup -q\n", "RPM Spec"),
        ("format.spec", b"The format\n==========\n\nA file is a list of lines.\n", None),
        ("manual.toc", b"@numchapentry{Introduction}{1}{}{1}\n@numsecentry{Scope}{1.1}{}{1}\n", "TeX"),
    ],
)
def test_fragments_of_builds_and_notes_are_no_other_language_of_their_suffix(name, text, language):
    found = detect(name, text)
    assert (found.name if found else None) == language
