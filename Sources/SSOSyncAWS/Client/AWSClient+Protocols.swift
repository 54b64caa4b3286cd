// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

extension AWSClient {
    /// Calls an operation of a service that speaks AWS JSON.
    ///
    /// - Parameters:
    ///   - operation: The operation, such as `ListUsers`.
    ///   - input: What is asked; dates as seconds since 1970.
    ///   - output: What the answer is decoded to.
    ///   - isIdempotent: Whether the operation may be carried out twice.
    ///   - deadline: When to give up in all.
    /// - Returns: The answer.
    /// - Throws: As ``send(_:deadline:)``, and ``AWSError`` with the code ``AWSError/Code/badResponse`` if the answer is
    ///   not what it should be.
    public func call<Output: Decodable>(
        _ operation: String,
        _ input: some Encodable & Sendable,
        returning output: Output.Type = Output.self,
        isIdempotent: Bool = true,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> Output {
        let call = try jsonCall(operation, input, isIdempotent: isIdempotent)
        let response = try await send(call, deadline: deadline)
        return try decode(output, from: response, operation)
    }

    /// Calls an operation of a service that speaks AWS JSON whose answer holds nothing.
    ///
    /// Services send an empty object then, or nothing at all.
    ///
    /// - Parameters:
    ///   - operation: The operation, such as `DeleteMessage`.
    ///   - input: What is asked; dates as seconds since 1970.
    ///   - isIdempotent: Whether the operation may be carried out twice.
    ///   - deadline: When to give up in all.
    /// - Throws: As ``send(_:deadline:)``.
    public func perform(
        _ operation: String,
        _ input: some Encodable & Sendable,
        isIdempotent: Bool = true,
        deadline: ContinuousClock.Instant? = nil
    ) async throws {
        _ = try await send(try jsonCall(operation, input, isIdempotent: isIdempotent), deadline: deadline)
    }

    private func jsonCall(_ operation: String, _ input: some Encodable, isIdempotent: Bool) throws -> AWSCall {
        guard case .json(let version, let target) = service.format.kind else { throw wrongProtocol(operation) }
        let headers = HTTPHeaders([
            .init("Content-Type", "application/x-amz-json-\(version)"), .init("X-Amz-Target", "\(target).\(operation)"),
        ])
        let body = try Self.encoder.encode(input)
        return AWSCall(operation, headers: headers, body: Array(body), isIdempotent: isIdempotent)
    }

    /// Calls an operation of a service that speaks AWS query.
    ///
    /// - Parameters:
    ///   - operation: The operation, such as `DescribeDBClusters`.
    ///   - parameters: What is asked, flattened as the protocol has it: `Filters.Filter.1.Name`.
    ///   - isIdempotent: Whether the operation may be carried out twice.
    ///   - deadline: When to give up in all.
    /// - Returns: The element `<…Result>` of the answer.
    /// - Throws: As ``send(_:deadline:)``, and ``AWSError`` with the code ``AWSError/Code/badResponse`` if the answer is
    ///   not what it should be.
    public func query(
        _ operation: String,
        _ parameters: [(name: String, value: String)] = [],
        isIdempotent: Bool = true,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> XMLElement {
        let call = try queryCall(operation, parameters, isIdempotent: isIdempotent)
        let response = try await send(call, deadline: deadline)
        guard let root = try? XMLReader.root(response.body), let result = root["\(operation)Result"] else {
            throw badAnswer(operation, response)
        }
        return result
    }

    /// A call in AWS query, as it is sent.
    func queryCall(
        _ operation: String,
        _ parameters: [(name: String, value: String)],
        isIdempotent: Bool = true
    ) throws(AWSError) -> AWSCall {
        guard case .query(let version) = service.format.kind else { throw wrongProtocol(operation) }
        let fields = [("Action", operation), ("Version", version)] + parameters.map { ($0.name, $0.value) }
        let form = fields.map { "\(PercentEncoding.encode($0))=\(PercentEncoding.encode($1))" }.joined(separator: "&")
        let headers = HTTPHeaders([.init("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")])
        return AWSCall(operation, headers: headers, body: Array(form.utf8), isIdempotent: isIdempotent)
    }

    /// Decodes an answer in JSON.
    func decode<Output: Decodable>(
        _ output: Output.Type,
        from response: HTTPResponse,
        _ operation: String
    ) throws(AWSError) -> Output {
        do {
            return try Self.decoder.decode(output, from: Data(response.body))
        } catch {
            throw badAnswer(operation, response)
        }
    }

    /// An answer that is no failure, and not what was asked for either.
    func badAnswer(_ operation: String, _ response: HTTPResponse) -> AWSError {
        let facts = ServiceAnswer(response).facts
        let request = facts.requestId.map { " (request \($0))" } ?? ""
        let message =
            "\(service.id) \(operation): the answer of \(response.body.count) bytes is not what the service sends"
        return AWSError(.badResponse, message + request, mayHaveBeenSent: true, response: facts)
    }

    private func wrongProtocol(_ operation: String) -> AWSError {
        AWSError(.invalidArgument, "\(service.id) \(operation): the service does not speak this protocol")
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        return decoder
    }
}
