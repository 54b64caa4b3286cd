// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What Linux says about this process's memory
/// (<https://docs.kernel.org/filesystems/proc.html>: `VmHWM`, and `clear_refs`, which sets it back).
enum ResidentMemory {
    /// - Returns: What is resident now, in bytes; from here on the peak is counted anew.
    static func restartPeak() throws -> Int {
        giveBackFreeMemory()
        try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        return try value("VmRSS")
    }

    static func peak() throws -> Int { try value("VmHWM") }

    /// Or what the inputs' making left free would be used again, and count for nothing.
    ///
    /// `malloc_trim` is in a header that Glibc's Swift module leaves out.
    private static func giveBackFreeMemory() {
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
    }

    private static func value(_ name: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        guard let number = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
            throw Trouble("/proc/self/status has no \(name)")
        }
        return number * 1_024
    }
}
