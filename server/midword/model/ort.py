"""onnxruntime, silent: imported here and nowhere else.

On Linux and macOS the environment has switched its telemetry off by now (`midword.silence`); on
Windows only this call does.
"""

import onnxruntime

onnxruntime.disable_telemetry_events()

__all__ = ["onnxruntime"]
