using System.Net.Sockets;
using System.Security.Authentication;
using RabbitMQ.Client.Exceptions;

namespace LeadScoring.Host.Broker;

/// <summary>The broker cannot be used just now; the message is a sentence for the operator and holds no secret.</summary>
/// <param name="isRefusal">The broker was reached and said no: it will go on doing so until somebody acts.</param>
public sealed class BrokerFault(string message, bool isRefusal, Exception? cause = null) : Exception(message, cause)
{
    public bool IsRefusal { get; } = isRefusal;

    /// <param name="fault">What the client library threw.</param>
    public static BrokerFault Of(Exception fault, BrokerOptions options)
    {
        for (var e = fault; e is not null; e = e is AggregateException { InnerExceptions: [.., var last] } ? last : e.InnerException)
        {
            switch (e)
            {
                case BrokerFault known:
                    return known;
                case PossibleAuthenticationFailureException:
                    return new($"{options.Where} refuses the user or the password: correct Broker:User and Broker:Password, or Broker:Uri.", isRefusal: true, fault);
                case AuthenticationException tls:
                    return new($"No secure connection to {options.Where} ({tls.Message}): look at the certificates and Broker:Tls.", isRefusal: true, fault);
                case OperationInterruptedException { ShutdownReason: { } reason }:
                    return OfReply(reason.ReplyCode, reason.ReplyText, options, fault);
                case SocketException socket:
                    return new($"{options.Where} cannot be reached ({socket.Message}).", isRefusal: false, fault);
            }
        }

        return new($"{options.Where} cannot be used ({fault.Message}).", isRefusal: false, fault);
    }

    /// <param name="code">AMQP's reply code.</param>
    public static BrokerFault OfReply(int code, string text, BrokerOptions options, Exception? cause = null) => code switch
    {
        NotFound => new($"{options.Where} lacks something ({text}): make it, or set Broker:Topology to declare.", isRefusal: true, cause),
        AccessRefused or NotAllowed => new($"{options.Where} does not allow it ({text}): grant the permission, or correct the settings.", isRefusal: true, cause),
        PreconditionFailed => new(
            $"{options.Where} has it otherwise ({text}): choose another Broker:Exchange or Broker:Queue, or set Broker:Topology to verify.", isRefusal: true, cause),
        _ => new($"The connection to {options.Where} was lost ({text}).", isRefusal: false, cause),
    };

    private const int AccessRefused = 403;
    private const int NotFound = 404;
    private const int PreconditionFailed = 406;
    private const int NotAllowed = 530;
}
