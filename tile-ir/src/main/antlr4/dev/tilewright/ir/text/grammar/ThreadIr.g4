// The text form of thread IR; dev.tilewright.ir.thread.ThreadPrinter writes it, ThreadParser reads
// it.
grammar ThreadIr;

import IrText;

kernel
  : 'thread' SYMBOL '(' (parameter (',' parameter)*)? ')'
    'launch' '(' 'target' STRING ',' 'threads' INT ',' 'shared' INT ')'
    block EOF
  ;

parameter
  : VALUE '=' 'pointer' name ':' type          # pointerParameter
  | VALUE '=' 'stride' name INT ':' type       # strideParameter
  | VALUE '=' 'dim' name ':' type              # dimensionParameter
  | VALUE '=' 'scalar' name ':' type           # scalarParameter
  ;

block : '{' op* '}' ;

op
  : VALUE '=' valued ':' type location?                                      # valuedOp
  | values '=' several ':' types location?                                   # severalOp
  | effect location?                                                         # effectOp
  | (values '=')? 'for' argument '=' VALUE 'to' VALUE 'step' VALUE
    ('carry' '(' carried (',' carried)* ')')?
    (':' types)? location? block                                             # forOp
  | (values '=')? 'if' VALUE (':' types)? location?
    block ('else' block)?                                                    # ifOp
  ;

// What has one result.
valued
  : 'constant' literal                                        # constant
  | 'special' register                                        # special
  | unaryKind VALUE                                           # unary
  | binaryKind VALUE ',' VALUE                                # binary
  | 'fma' VALUE ',' VALUE ',' VALUE                           # fma
  | 'compare' predicate VALUE ',' VALUE                       # compare
  | 'select' VALUE ',' VALUE ',' VALUE                        # select
  | 'convert' VALUE rounding 'saturate'?                      # convert
  | 'bitcast' VALUE                                           # bitcast
  | 'build' values                                            # build
  | 'extract' VALUE '[' INT ']'                               # extract
  | 'global_load' address guard?                              # globalLoad
  | 'shared_load' address                                     # sharedLoad
  | 'shuffle_xor' VALUE INT                                   # shuffleXor
  | 'shuffle_index' VALUE ',' VALUE                           # shuffleIndex
  ;

// What has several.
several
  : 'load_matrix' 'transposed'? address                       # loadMatrix
  | 'mma' STRING '(' values ')' '(' values ')' '(' values ')' # mma
  ;

effect
  : 'global_store' VALUE 'to' address guard?                  # globalStore
  | 'shared_store' VALUE 'to' address guard?                  # sharedStore
  | 'async_copy' INT address 'to' address ('bytes' VALUE)? guard?  # asyncCopy
  | 'async_commit'                                            # asyncCommit
  | 'async_wait' INT                                          # asyncWait
  | 'barrier'                                                 # barrier
  | 'yield' values?                                           # yield
  ;

register : ID | 'thread' ;

// A base and a constant distance, in bytes.
address : '[' VALUE ('+' INT)? ']' ;

// Otherwise memory is left alone.
guard : 'when' VALUE ;

argument : VALUE (':' type)? ;
carried : argument '=' VALUE ;
types : type (',' type)* ;

// An element type, or one and a number of lanes: f32, f16x8.
type : ID ;
