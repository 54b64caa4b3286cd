// SPDX-License-Identifier: Apache-2.0

/// Reading and writing the one form that times have in markers, without a formatter: that takes a microsecond each, and
/// there are three times in each marker.
extension Timestamp {
    /// Reads `2026-11-22T07:23:00Z` or `2026-11-22T07:23:00.250Z` from 1970 on; nil for anything else.
    init?(plain text: Span<UInt8>) {
        guard text.count == 20 || text.count == 24, text[text.count - 1] == UInt8(ascii: "Z") else { return nil }
        guard let date = text.number(0..<4), let month = text.number(5..<7), let day = text.number(8..<10),
            let hour = text.number(11..<13), let minute = text.number(14..<16), let second = text.number(17..<19),
            text.hasSeparators, date >= 1970, (1...12).contains(month), hour < 24, minute < 60, second < 60,
            (1...Self.days(in: month, of: date)).contains(day)
        else { return nil }
        var milliseconds = 0
        if text.count == 24 {
            guard text[19] == UInt8(ascii: "."), let fraction = text.number(20..<23) else { return nil }
            milliseconds = fraction
        }
        let days = Self.days(before: date) + (1..<month).reduce(0) { $0 + Self.days(in: $1, of: date) } + day - 1
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        self.init(millisecondsSince1970: Int64(seconds * 1_000 + milliseconds))
    }

    /// ISO 8601, UTC; nil outside of 1970 to 9999.
    package var plainDescription: String? {
        guard let (date, time, milliseconds) = calendar else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(24)
        text.append(date.year / 100, then: nil)
        text.append(date.year % 100, then: "-")
        text.append(date.month, then: "-")
        text.append(date.day, then: "T")
        text.append(time / 3_600, then: ":")
        text.append(time / 60 % 60, then: ":")
        text.append(time % 60, then: milliseconds > 0 ? "." : "Z")
        if milliseconds > 0 {
            text.append(milliseconds / 10, then: nil)
            text.append(UInt8(ascii: "0") + UInt8(milliseconds % 10))
            text.append(UInt8(ascii: "Z"))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// ISO 8601's basic format, as `20261122T072300Z`: UTC, to the second; nil outside of 1970 to 9999.
    package var basicDescription: String? {
        guard let (date, time, _) = calendar else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(16)
        text.append(date.year / 100, then: nil)
        text.append(date.year % 100, then: nil)
        text.append(date.month, then: nil)
        text.append(date.day, then: "T")
        text.append(time / 3_600, then: nil)
        text.append(time / 60 % 60, then: nil)
        text.append(time % 60, then: "Z")
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: The calendar

    /// The day, the seconds of it that have passed, and the milliseconds beyond; nil outside of 1970 to 9999.
    private var calendar: (date: (year: Int, month: Int, day: Int), time: Int, milliseconds: Int)? {
        guard (0..<253_402_300_800_000).contains(millisecondsSince1970) else { return nil }
        let (seconds, milliseconds) = Int(millisecondsSince1970).quotientAndRemainder(dividingBy: 1_000)
        let (days, time) = seconds.quotientAndRemainder(dividingBy: 86_400)
        return (Self.date(ofDay: days), time, milliseconds)
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The days from 1970-01-01 to the first one of a year.
    private static func days(before year: Int) -> Int {
        let past = year - 1
        return 365 * (year - 1970) + past / 4 - past / 100 + past / 400 - 477
    }

    private static func date(ofDay number: Int) -> (year: Int, month: Int, day: Int) {
        var year = 1970 + number / 366
        while days(before: year + 1) <= number { year += 1 }
        var day = number - days(before: year)
        var month = 1
        while day >= days(in: month, of: year) {
            day -= days(in: month, of: year)
            month += 1
        }
        return (year, month, day + 1)
    }
}

extension Span<UInt8> {
    /// Decimal digits, and nothing else.
    fileprivate func number(_ range: Range<Int>) -> Int? {
        var number = 0
        for index in range {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self[index]) else { return nil }
            number = number * 10 + Int(self[index] - UInt8(ascii: "0"))
        }
        return number
    }

    fileprivate var hasSeparators: Bool {
        self[4] == UInt8(ascii: "-") && self[7] == UInt8(ascii: "-") && self[10] == UInt8(ascii: "T")
            && self[13] == UInt8(ascii: ":") && self[16] == UInt8(ascii: ":")
    }
}

extension [UInt8] {
    /// Appends two digits, and what comes after them.
    fileprivate mutating func append(_ number: Int, then separator: Unicode.Scalar?) {
        append(UInt8(ascii: "0") + UInt8(number / 10))
        append(UInt8(ascii: "0") + UInt8(number % 10))
        if let separator { append(UInt8(ascii: separator)) }
    }
}
