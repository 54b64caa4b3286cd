// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// What Lambda says of an invocation that came to nothing
/// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>).
///
/// Of what the function was invoked with, and of what it answered beside the error, nothing is read.
struct FailureRecord: Decodable, Hashable {
    struct Request: Decodable, Hashable {
        let requestId: String?
        let functionArn: String
        let condition: String
        let approximateInvokeCount: Int?
    }

    struct Answer: Decodable, Hashable {
        let errorType: String?
        let errorMessage: String?

        /// An answer that is no object tells nothing.
        init(from decoder: any Decoder) throws {
            let container = try? decoder.container(keyedBy: CodingKeys.self)
            errorType = try? container?.decodeIfPresent(String.self, forKey: .errorType)
            errorMessage = try? container?.decodeIfPresent(String.self, forKey: .errorMessage)
        }

        private enum CodingKeys: CodingKey { case errorType, errorMessage }
    }

    let timestamp: String?
    let requestContext: Request
    let responsePayload: Answer?

    /// Reads a record; nil if it is anything else.
    init?(json bytes: [UInt8]) {
        guard let record = try? JSONDecoder().decode(FailureRecord.self, from: Data(bytes)) else { return nil }
        self = record
    }
}
