// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// The value of an attribute in DynamoDB
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html>).
public enum DynamoDBValue: Sendable, Hashable {
    /// Text (`S`).
    case string(String)
    /// A number of up to 38 digits (`N`), in the service's spelling.
    case number(String)
    /// Bytes (`B`).
    case binary([UInt8])
    /// Yes or no (`BOOL`).
    case boolean(Bool)
    /// Nothing (`NULL`).
    case null
    /// Values by name (`M`).
    case map([String: DynamoDBValue])
    /// Values in their order (`L`).
    case list([DynamoDBValue])
    /// Texts, each once (`SS`).
    case stringSet(Set<String>)
    /// Numbers, each once (`NS`).
    case numberSet(Set<String>)
    /// Pieces of bytes, each once (`BS`).
    case binarySet(Set<[UInt8]>)

    /// The text; nil if it is none.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
}

extension DynamoDBValue: Codable {
    private enum Kind: String, CodingKey { case S, N, B, BOOL, NULL, M, L, SS, NS, BS }

    /// Reads a value of exactly one kind.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Kind.self)
        guard container.allKeys.count == 1, let kind = container.allKeys.first else {
            let context = DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "of no known kind")
            throw DecodingError.dataCorrupted(context)
        }
        func value<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            try container.decode(type, forKey: kind)
        }
        self =
            switch kind {
            case .S: .string(try value())
            case .N: .number(try value())
            case .B: .binary(Array(try value(Data.self)))
            case .BOOL: .boolean(try value())
            case .NULL: .null
            case .M: .map(try value())
            case .L: .list(try value())
            case .SS: .stringSet(try value())
            case .NS: .numberSet(try value())
            case .BS: .binarySet(Set(try value([Data].self).map(Array.init)))
            }
    }

    /// Writes a value with its kind.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Kind.self)
        switch self {
        case .string(let value): try container.encode(value, forKey: .S)
        case .number(let value): try container.encode(value, forKey: .N)
        case .binary(let value): try container.encode(Data(value), forKey: .B)
        case .boolean(let value): try container.encode(value, forKey: .BOOL)
        case .null: try container.encode(true, forKey: .NULL)
        case .map(let value): try container.encode(value, forKey: .M)
        case .list(let value): try container.encode(value, forKey: .L)
        case .stringSet(let value): try container.encode(value.sorted(), forKey: .SS)
        case .numberSet(let value): try container.encode(value.sorted(), forKey: .NS)
        case .binarySet(let value):
            try container.encode(value.sorted { $0.lexicographicallyPrecedes($1) }.map { Data($0) }, forKey: .BS)
        }
    }
}
