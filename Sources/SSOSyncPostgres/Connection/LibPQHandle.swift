// SPDX-License-Identifier: Apache-2.0

import CEnvironment
import CLibPQ
import CLibSSL
import SSOSyncCore
import SSOSyncSQL

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The owner of one `PGconn`.
///
/// The pointer never leaves this file.
///
/// Not for two threads at once: libpq allows that for different connections only.
/// https://www.postgresql.org/docs/current/libpq-threading.html
/// Every libpq function used here takes a null connection for a broken one, so a closed handle needs no checks.
@safe struct LibPQHandle: ~Copyable {
    /// What `PQconnectPoll` asks for.
    enum Progress {
        case needsRead
        case needsWrite
        case connected
        case failed
    }

    private var connection: OpaquePointer?

    /// What the server said beside its answers.
    let notices: NoticeBox

    private let scrubber: SecretScrubber

    /// Begins to connect.
    init(starting parameters: ConnectionParameters, scrubber: SecretScrubber) {
        self.scrubber = scrubber
        notices = NoticeBox(scrubber: scrubber)
        for name in parameters.hiddenVariables { unsafe ssosync_hide_environment(name) }
        let keywords = CStringList(parameters.pairs.map(\.keyword))
        let values = CStringList(parameters.pairs.map(\.value))
        unsafe connection = keywords.withPointers { keywords in
            unsafe values.withPointers { values in unsafe PQconnectStartParams(keywords, values, 0) }
        }
        unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        receiveNotices()
    }

    deinit {
        unsafe PQfinish(connection)
    }

    // MARK: Connecting

    /// How far the attempt has come.
    var stage: PostgresError.Stage {
        let status = unsafe PQstatus(connection)
        if status == CONNECTION_NEEDED || status == CONNECTION_STARTED { return .reaching }
        if status == CONNECTION_MADE || status == CONNECTION_SSL_STARTUP { return .securing }
        return .loggingIn
    }

    /// Goes on with connecting; to be called when the socket is ready.
    mutating func poll() -> Progress {
        switch unsafe PQconnectPoll(connection) {
        case PGRES_POLLING_READING: .needsRead
        case PGRES_POLLING_WRITING: .needsWrite
        case PGRES_POLLING_OK: .connected
        default: .failed
        }
    }

    /// Makes a new connection ready for use.
    /// - Returns: whether libpq could do it.
    mutating func prepare() -> Bool {
        unsafe PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
        return unsafe PQsetnonblocking(connection, 1) == 0
    }

    /// Ends the connection; politely, if it stands.
    mutating func close() {
        unsafe PQfinish(connection)
        unsafe connection = nil
    }

    /// Ends the connection at once, without a word to the server.
    mutating func abort() {
        let socket = socket
        if socket >= 0 { _ = shutdown(socket, Int32(SHUT_RDWR)) }
        close()
    }

    // MARK: Facts

    /// The socket, or -1.
    var socket: Int32 { unsafe PQsocket(connection) }

    /// Whether the connection is closed or broken.
    var isBroken: Bool { unsafe PQstatus(connection) != CONNECTION_OK }

    /// Such as 150018 for 15.18.
    var serverVersion: Int { unsafe Int(PQserverVersion(connection)) }

    /// The process at the server; 0 if it did not say.
    var backendPID: Int { unsafe Int(PQbackendPID(connection)) }

    /// The server's address, in digits; nil if the connection is closed or broken.
    var address: String? { unsafe PQhostaddr(connection).map { unsafe String(cString: $0) } }

    /// Whether TLS is in use.
    var isTLS: Bool { unsafe PQsslInUse(connection) == 1 }

    /// When the server's certificate ends; nil if libpq has TLS from another library than OpenSSL.
    var certificateEnd: Timestamp? {
        guard let tls = unsafe PQsslStruct(connection, "OpenSSL") else { return nil }
        let seconds = unsafe ssosync_certificate_end(OpaquePointer(tls))
        return seconds < 0 ? nil : Timestamp(secondsSince1970: seconds)
    }

    /// Whether a transaction block is open, failed or not.
    var isInTransaction: Bool {
        let status = unsafe PQtransactionStatus(connection)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// libpq's last message about the connection, as it is: the caller scrubs it.
    var rawErrorMessage: String {
        guard let message = unsafe PQerrorMessage(connection) else { return "" }
        return unsafe String(cString: message)
    }

    /// libpq's last message about the connection, without secrets, in one line.
    var errorMessage: String {
        let lines = rawErrorMessage.split(separator: "\n").map { $0.drop(while: \.isWhitespace) }
        return scrubber.scrub(lines.joined(separator: " "))
    }

    // MARK: Sending

    /// Sends a script of any number of statements (simple query protocol).
    /// - Parameter script: ends with a NUL byte.
    mutating func send(script: [UInt8]) -> Bool {
        unsafe script.withUnsafeBytes { script in
            unsafe PQsendQuery(connection, script.bindMemory(to: CChar.self).baseAddress) == 1
        }
    }

    /// Sends one statement (extended query protocol); types are inferred, results come as text.
    /// - Parameters:
    ///   - statement: ends with a NUL byte.
    ///   - binds: the values of `$1`, `$2`…, without NUL bytes.
    mutating func send(statement: [UInt8], binds: [String?]) -> Bool {
        let values = CStringList(binds)
        return unsafe statement.withUnsafeBytes { statement in
            let text = unsafe statement.bindMemory(to: CChar.self).baseAddress
            return unsafe values.withPointers { values in
                unsafe PQsendQueryParams(connection, text, Int32(binds.count), nil, values, nil, nil, 0) == 1
            }
        }
    }

    /// Begins a pipeline.
    mutating func enterPipeline() -> Bool { unsafe PQenterPipelineMode(connection) == 1 }

    /// Ends a pipeline whose results are all read.
    mutating func exitPipeline() -> Bool { unsafe PQexitPipelineMode(connection) == 1 }

    /// Ends a segment of a pipeline: what was sent since the last one is a transaction of its own.
    mutating func sync() -> Bool { unsafe PQpipelineSync(connection) == 1 }

    /// Hands over to the kernel what it takes.
    /// - Returns: whether something is left. A failure counts as nothing left: reading then tells what happened.
    mutating func flush() -> Bool { unsafe PQflush(connection) == 1 }

    // MARK: Receiving

    /// Whether reading a result would block.
    mutating func isBusy() -> Bool { unsafe PQisBusy(connection) == 1 }

    /// Takes in what has arrived.
    ///
    /// Twice, because libpq reads into a buffer of which it keeps 8 KiB free, while a TLS record may have 16: the rest
    /// of one would wait inside OpenSSL, where `poll(2)` does not see it.
    /// - Returns: false if the connection broke; results may still be there.
    mutating func consumeInput() -> Bool {
        unsafe PQconsumeInput(connection) == 1 && PQconsumeInput(connection) == 1
    }

    /// The next result, or nil at the end of a statement's results.
    mutating func nextResult() -> LibPQResult? {
        guard let result = unsafe PQgetResult(connection) else { return nil }
        return unsafe LibPQResult(result, scrubber: scrubber)
    }

    // MARK: Quoting

    /// Appends a value in quotes, made by libpq for this connection.
    /// - Throws: `PostgresError` of code `.connectionLost` on a closed connection, else `.invalidText`.
    func quote(_ value: String, _ quotes: SQLRenderer.Quotes, _ buffer: inout [UInt8]) throws {
        let count = value.utf8.count
        let quoted = unsafe value.withCString { text in
            switch quotes {
            case .identifier: unsafe PQescapeIdentifier(connection, text, count)
            case .literal: unsafe PQescapeLiteral(connection, text, count)
            }
        }
        guard let quoted = unsafe quoted else {
            guard !isBroken else {
                throw PostgresError(.connectionLost, "The connection is closed.", isConnectionLost: true)
            }
            throw PostgresError(.invalidText, "A value cannot be quoted: \(errorMessage)")
        }
        unsafe buffer.append(contentsOf: UnsafeRawBufferPointer(start: quoted, count: strlen(quoted)))
        unsafe PQfreemem(quoted)
    }

    /// Keeps notices off stderr, where libpq writes them by default.
    private func receiveNotices() {
        let box = unsafe Unmanaged.passUnretained(notices).toOpaque()
        unsafe PQsetNoticeReceiver(
            connection,
            { box, result in
                guard let box = unsafe box, let result = unsafe result else { return }
                let notices = unsafe Unmanaged<NoticeBox>.fromOpaque(box).takeUnretainedValue()
                unsafe notices.add(ServerReport(result, scrubber: notices.scrubber))
            },
            box
        )
    }
}

/// The owner of one `PGresult`.
@safe struct LibPQResult: ~Copyable {
    /// What a result is.
    enum Kind {
        case success
        case failure
        /// The end of a segment of a pipeline.
        case sync
        /// Not run, because an earlier statement of its segment failed.
        case skipped
        /// A state of COPY, which is not supported here.
        case copy
    }

    private let result: OpaquePointer
    private let scrubber: SecretScrubber

    fileprivate init(_ result: OpaquePointer, scrubber: SecretScrubber) {
        unsafe self.result = unsafe result
        self.scrubber = scrubber
    }

    deinit {
        unsafe PQclear(result)
    }

    /// What this result is.
    var kind: Kind {
        switch unsafe PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .success
        case PGRES_PIPELINE_SYNC: .sync
        case PGRES_PIPELINE_ABORTED: .skipped
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: .copy
        default: .failure
        }
    }

    /// The server's error; nil if libpq made this result itself, because the connection broke.
    var report: ServerReport? {
        guard unsafe ServerReport.hasState(result) else { return nil }
        return unsafe ServerReport(result, scrubber: scrubber)
    }

    /// Copies the rows out.
    func copy() -> PostgresResult {
        let rowCount = unsafe Int(PQntuples(result))
        let columnCount = unsafe Int(PQnfields(result))
        var bytes: [UInt8] = []
        var starts: [Int] = []
        starts.reserveCapacity(rowCount * columnCount + 1)
        for row in 0..<Int32(rowCount) {
            for column in 0..<Int32(columnCount) {
                let isNull = unsafe PQgetisnull(result, row, column) == 1
                starts.append(bytes.count << 1 | (isNull ? 1 : 0))
                let length = unsafe Int(PQgetlength(result, row, column))
                let cell = unsafe PQgetvalue(result, row, column)
                unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: cell, count: length))
            }
        }
        starts.append(bytes.count << 1)
        let columns = (0..<Int32(columnCount)).map { unsafe String(cString: PQfname(result, $0)) }
        return unsafe PostgresResult(
            ResultRows(columns: columns, count: rowCount, bytes: bytes, starts: starts),
            commandTag: String(cString: PQcmdStatus(result)),
            affectedRows: Int(String(cString: PQcmdTuples(result)))
        )
    }
}

extension ServerReport {
    /// The fields' letters, fixed by the protocol (postgres_ext.h has them as character macros).
    private enum Field {
        static let severity = Int32(UInt8(ascii: "V"))
        static let sqlState = Int32(UInt8(ascii: "C"))
        static let message = Int32(UInt8(ascii: "M"))
        static let detail = Int32(UInt8(ascii: "D"))
        static let hint = Int32(UInt8(ascii: "H"))
        static let position = Int32(UInt8(ascii: "P"))
    }

    fileprivate static func hasState(_ result: OpaquePointer) -> Bool {
        unsafe PQresultErrorField(result, Field.sqlState) != nil
    }

    fileprivate init(_ result: OpaquePointer, scrubber: SecretScrubber) {
        func field(_ code: Int32) -> String? {
            guard let value = unsafe PQresultErrorField(result, code) else { return nil }
            return unsafe scrubber.scrub(String(cString: value))
        }
        self.init(
            severity: field(Field.severity) ?? "",
            sqlState: field(Field.sqlState) ?? "",
            message: field(Field.message) ?? "",
            detail: field(Field.detail),
            hint: field(Field.hint),
            position: field(Field.position).flatMap { Int($0) }
        )
    }
}
